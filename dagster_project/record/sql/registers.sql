-- The register in force of each year for which a district sent one: a school's own row, or its last one until its town
-- sends a later register without it, or another school names it as its former code.
create view candidate.registers as
with schools as (

    select
        school_year,
        school_code,
        district_code,
        school_type,
        coalesce(master_school_code, school_code) as unit_school_code,
        coalesce(town, '') as town
    from accepted.schools

),

years as (

    select distinct
        district_code,
        school_year
    from schools

),

latest as (

    select
        y.school_year,
        s.school_code,
        s.district_code,
        s.school_type,
        s.unit_school_code,
        s.town,
        s.school_year as register_school_year
    from years as y
    inner join schools as s on y.school_year >= s.school_year
    inner join years as own on s.district_code = own.district_code and y.school_year = own.school_year
    qualify row_number() over (partition by y.school_year, s.school_code order by s.school_year desc) = 1

)

select distinct
    l.school_year,
    l.district_code,
    l.school_code,
    l.unit_school_code,
    l.school_type,
    l.register_school_year
from latest as l
where
    not exists (
        select 1
        from accepted.town_registers as later
        where
            later.district_code = l.district_code and later.town = l.town
            and later.school_year > l.register_school_year and later.school_year <= l.school_year
    )
    and not exists (
        select 1
        from accepted.schools as successor
        where
            successor.former_school_code = l.school_code
            and successor.school_year > l.register_school_year and successor.school_year <= l.school_year
    )
