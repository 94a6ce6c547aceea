-- The towns that have sent their register of a year: those of a file that lists several schools, whether its rows are in
-- force or replaced by now. A file that lists one school (with its campuses), such as the form that each school gets
-- filled in, says something of that school alone. Empty town: some register of the district has come.
insert into accepted.town_registers by name
with listed as (

    select
        submission,
        source_file,
        school_year,
        district_code,
        coalesce(town, '') as town,
        coalesce(master_school_code, school_code) as unit_school_code
    from candidate.schools
    where school_code is not null and district_code is not null

),

of_several_schools as (

    select
        submission,
        source_file,
        school_year
    from listed
    group by submission, source_file, school_year
    having count(distinct unit_school_code) > 1

),

sent as (

    select
        listed.school_year,
        listed.district_code,
        listed.town
    from listed
    inner join of_several_schools as several
        on
            listed.submission = several.submission and listed.source_file = several.source_file
            and listed.school_year = several.school_year

)

select
    school_year,
    district_code,
    town
from sent
union
select
    school_year,
    district_code,
    '' as town
from sent
