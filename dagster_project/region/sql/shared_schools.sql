-- Codes that rows of several districts name. A district keeps the plain code if the school is in its register alone; all
-- others get the district in front, so that their rows don't count for another district's school.
insert into lake.shared_schools
with named as (

    select
        district_code,
        school_code,
        max(case when is_registered then 1 else 0 end) = 1 as is_registered
    from lake.named_schools
    where school_code <> ''
    group by district_code, school_code

),

counted as (

    select
        school_code,
        count(*) as districts,
        sum(case when is_registered then 1 else 0 end) as registers
    from named
    group by school_code

)

select
    named.district_code,
    named.school_code,
    named.is_registered
from named
inner join counted on named.school_code = counted.school_code
where counted.districts > 1 and not (named.is_registered and counted.registers = 1)
