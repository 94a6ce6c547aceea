-- The explanations in force, of schools and of districts.
create view candidate.explanations_of_all as
with written as (

    select
        'explanations' as feed,
        row_id,
        school_code,
        cast(null as varchar) as district_code,
        rule_code,
        explained_year,
        explained_value,
        reason,
        approved_by,
        source_file,
        row_number
    from accepted.explanations
    union all
    select
        'district_explanations' as feed,
        row_id,
        cast(null as varchar) as school_code,
        district_code,
        rule_code,
        explained_year,
        explained_value,
        reason,
        approved_by,
        source_file,
        row_number
    from accepted.district_explanations

)

select
    w.*,
    v.submission
from written as w
inner join candidate.verdicts as v on w.feed = v.feed and w.row_id = v.row_id
