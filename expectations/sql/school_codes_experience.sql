-- sqlfluff:templater:jinja:context:rows:candidate.school_codes_judged
-- Rows one of whose codes stands for another school, too, on some day; of two such rows the one received first.
with codes as (

    select
        row_id,
        school_code,
        valid_from,
        valid_until,
        old_code as code
    from {{ rows }}
    union all
    select
        row_id,
        school_code,
        valid_from,
        valid_until,
        credit_code as code
    from {{ rows }}
    union all
    select
        row_id,
        school_code,
        valid_from,
        valid_until,
        other_system_code as code
    from {{ rows }}

),

shared as (

    select
        a.row_id,
        min(a.code) as shared_code,
        min(b.school_code) as other_school_code
    from codes as a
    inner join codes as b on a.code = b.code and a.school_code <> b.school_code and a.row_id < b.row_id
    where
        (a.valid_until is null or b.valid_from <= a.valid_until)
        and (b.valid_until is null or a.valid_from <= b.valid_until)
    group by a.row_id

)

select
    r.row_id,
    s.shared_code,
    s.other_school_code,
    s.row_id is null as names_one_school
from {{ rows }} as r
left join shared as s on r.row_id = s.row_id
