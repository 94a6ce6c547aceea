-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:is_ledger:false
-- Rows under a code that the year's register or the crosswalk knows for a school, and that no school has; with the place
-- of the code. A code that reading refused (it isn't written like a school's) is that of its finding.
with written as (

    select
        row_id,
        school_code as written_code,
        cast(null as varchar) as refused_cell
    from candidate.{{ feed }}
    where school_code is not null
    union all
    select
        c.row_id,
        f.value as written_code,
        f.cell as refused_cell
    from candidate.{{ feed }} as c
    inner join candidate.faults as f
        on
            f.feed = '{{ feed }}' and f.rule_code = 'BAD_CODE' and f.column_name = 'school_code'
            and c.source_file = f.source_file and c.sha256 = f.sha256 and c.sheet = f.sheet
            and c.row_number = f.row_number and c.part = f.part
    where c.school_code is null and f.value <> ''

),

known as (

    select
        school_year,
        other_code,
        min(school_code) as school_code,
        count(*) as schools,
        string_agg(school_code, '、' order by school_code) as school_codes,
        bool_or(is_former) as is_former
    from candidate.known_codes
    group by school_year, other_code

)

select
    c.row_id,
    c.submission,
    c.sha256,
    c.source_file,
    c.sheet,
    c.part,
    c.row_number,
    c.school_year,
    w.written_code,
    k.school_code,
    k.schools,
    k.school_codes,
    k.is_former,
    w.refused_cell is not null as is_refused,
    case when w.refused_cell is null then {{ own_sheet('m.letters', 'c.sheet') }} else c.sheet end as sheet_of_cell,
    coalesce(w.refused_cell, {{ first_cell('m.letters', 'c.row_number') }}, '') as cell
from candidate.{{ feed }} as c
inner join written as w on c.row_id = w.row_id
inner join known as k on c.school_year = k.school_year and candidate.code_key(w.written_code) = k.other_code
left join accepted.column_maps as m
    on
        m.feed = '{{ feed }}' and m.column_name = 'school_code' and c.source_file = m.source_file
        and c.sha256 = m.sha256 and c.sheet = m.sheet and c.part = m.part
where
    (k.schools = 1 or w.refused_cell is not null)
    -- a code of an earlier register is followed by the models where the row is of no year
    and (
        not {{ is_ledger }}
        or not k.is_former and not exists (
            select 1
            from accepted.schools as r
            where r.school_code = w.written_code
        )
    )
order by c.row_id
