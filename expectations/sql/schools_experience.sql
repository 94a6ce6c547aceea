-- sqlfluff:templater:jinja:context:rows:accepted.schools
with latest_years as (

    select
        district_code,
        max(school_year) as latest_year
    from {{ rows }}
    group by district_code

),

-- a school is continued by a row under its own code, or under one that names it as its former code; a register that is
-- carried on has it still
successors as (

    select
        district_code,
        school_code,
        school_year - 1 as school_year
    from {{ rows }}
    union
    select
        district_code,
        former_school_code as school_code,
        school_year - 1 as school_year
    from {{ rows }}
    where former_school_code is not null
    union
    select
        district_code,
        school_code,
        school_year - 1 as school_year
    from candidate.registers

),

shared_places as (

    select
        school_year,
        longitude,
        latitude,
        min(school_code) as school_code
    from {{ rows }}
    where longitude is not null and master_school_code is null
    group by school_year, longitude, latitude
    having count(*) > 1

),

-- the last register that lists the code, however long ago
earlier as (

    select
        own.row_id,
        other.school_year,
        other.school_name,
        other.district_code
    from {{ rows }} as own
    inner join {{ rows }} as other
        on own.school_code = other.school_code and own.school_year > other.school_year
    qualify row_number() over (partition by own.row_id order by other.school_year desc) = 1

)

select
    r.row_id,
    coalesce(r.school_name = e.school_name or r.district_code = e.district_code, true) as is_same_school,
    e.school_year as earlier_year,
    e.school_name as earlier_name,
    e.district_code as earlier_district,
    not coalesce(r.school_year = l.latest_year - 1 and s.school_code is null, false) as has_successor,
    o.school_code is null as has_own_place,
    coalesce(r.founded_year <= r.school_year + 1, true) as is_founded,
    coalesce(r.school_type = p.school_type, true) as type_stays,
    -- a campus that was merged may keep the code
    u.school_code is null or coalesce(u.master_school_code = r.school_code, false) as former_code_is_free
from {{ rows }} as r
inner join latest_years as l on r.district_code = l.district_code
left join successors as s
    on r.school_year = s.school_year and r.district_code = s.district_code and r.school_code = s.school_code
left join shared_places as o
    on
        r.school_year = o.school_year and r.longitude = o.longitude and r.latitude = o.latitude
        and r.master_school_code is null
left join {{ rows }} as u on r.school_year = u.school_year and r.former_school_code = u.school_code
left join {{ rows }} as p on p.school_year = r.school_year - 1 and r.school_code = p.school_code
left join earlier as e on r.row_id = e.row_id
