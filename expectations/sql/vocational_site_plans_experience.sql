-- sqlfluff:templater:jinja:context:rows:accepted.vocational_site_plans
-- What a school owns by its latest complete return, its campuses included, beside what the plan wants it to have.
with owned as (

    select
        s.unit_school_code as school_code,
        s.school_year,
        case when count(*) = count(e.owned_campus_area_m2) then sum(e.owned_campus_area_m2) end as campus_area_m2,
        case when count(*) = count(e.owned_floor_area_m2) then sum(e.owned_floor_area_m2) end as floor_area_m2
    from candidate.registers as s
    left join accepted.vocational_enrolment as e on s.school_year = e.school_year and s.school_code = e.school_code
    where s.school_type in ('secondary_vocational', 'technician', 'senior_technician')
    group by s.unit_school_code, s.school_year

),

latest as (

    select
        school_code,
        arg_max(campus_area_m2, school_year) as campus_area_m2,
        arg_max(floor_area_m2, school_year) as floor_area_m2
    from owned
    group by school_code

),

compared as (

    select
        r.row_id,
        case r.condition_code
            when 'campus_area_m2' then l.campus_area_m2
            when 'floor_area_m2' then l.floor_area_m2
        end as already_owned
    from {{ rows }} as r
    inner join latest as l on r.school_code = l.school_code

)

select
    r.row_id,
    c.already_owned,
    r.planned_value - c.already_owned as difference,
    r.planned_value >= c.already_owned as is_not_below_owned
from {{ rows }} as r
left join compared as c on r.row_id = c.row_id
