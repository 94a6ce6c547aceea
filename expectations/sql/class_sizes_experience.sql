-- sqlfluff:templater:jinja:context:rows:accepted.class_sizes
-- where primary school has five years, junior secondary school begins with the sixth: most schools of the district list it
with junior_schools as (

    select
        c.school_year,
        s.district_code,
        c.school_code,
        max(case when c.grade = '6' then 1 else 0 end) as begins_early
    from accepted.class_sizes as c
    inner join candidate.registers as s on c.school_year = s.school_year and c.school_code = s.school_code
    where c.stage = 'junior_secondary'
    group by c.school_year, s.district_code, c.school_code

),

early_districts as (

    select district_code
    from junior_schools
    group by district_code
    having 2 * sum(begins_early) > count(*)

),

early_schools as (

    select school_code
    from junior_schools
    group by school_code
    having count(*) > 1 and min(begins_early) = 1

),

-- a school of either kind
early as (

    select school_code
    from early_schools
    union
    select j.school_code
    from junior_schools as j
    inner join early_districts as d on j.district_code = d.district_code

)

select
    r.row_id,
    coalesce(r.students, 0) <= 0 or r.class_count <> 0 as has_classes,
    r.students / nullif(coalesce(r.class_count, 1), 0) as class_size,
    case
        when r.stage = 'primary' then r.grade in ('1', '2', '3', '4', '5', '6')
        when r.stage = 'junior_secondary' then r.grade in ('7', '8', '9') or (r.grade = '6' and e.school_code is not null)
        when r.stage in ('senior_secondary', 'secondary_vocational') then r.grade in ('10', '11', '12')
        else length(r.grade) > 2
    end as grade_fits_stage
from {{ rows }} as r
left join early as e on r.school_code = e.school_code
