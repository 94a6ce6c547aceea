-- From which day to which a school is listed by the register of a school year: from its statistics day, or the later day on
-- which the school was first returned there, until a later register's. A school that a register leaves out is listed until
-- the schools of its town came: the day on which most of them did. The first register of a district stands for the days
-- before it, too: there is none to tell them otherwise.
with listed as (

    select * from {{ ref('int_listed_schools') }}

),

years as (

    select
        district_code,
        school_year,
        row_number() over (partition by district_code order by school_year nulls last) as place
    from listed
    group by district_code, school_year

),

receipts as (

    select
        listed.district_code,
        listed.school_year,
        listed.school_code,
        coalesce(listed.town, '') as town,
        {{ statistics_day('listed.school_year') }} as observed_on,
        coalesce(
            {{ larger_of(statistics_day('listed.school_year'), 'receipts.received_on') }},
            {{ statistics_day('listed.school_year') }}
        ) as in_force_from
    from listed
    left join {{ ref('stg_register_receipts') }} as receipts
        on listed.listed_school_code = receipts.school_code and listed.school_year = receipts.school_year

),

days_of_towns as (

    select
        district_code,
        school_year,
        town,
        in_force_from,
        row_number() over (
            partition by district_code, school_year, town order by count(*) desc, in_force_from asc nulls last
        ) as place
    from receipts
    group by district_code, school_year, town, in_force_from

),

-- each school of the district in each year from its first one on; a year that doesn't list it has its town of before
schools as (

    select
        listed.district_code,
        listed.school_code,
        min(listed.school_year) as first_year
    from listed
    group by listed.district_code, listed.school_code

),

with_town as (

    select
        schools.district_code,
        schools.school_code,
        years.school_year,
        years.place,
        receipts.in_force_from,
        receipts.school_code is not null as is_listed,
        lag(receipts.town) over (
            partition by schools.district_code, schools.school_code order by years.school_year nulls last
        ) as town_before
    from schools
    inner join years on schools.district_code = years.district_code and schools.first_year <= years.school_year
    left join receipts
        on
            schools.district_code = receipts.district_code
            and schools.school_code = receipts.school_code
            and years.school_year = receipts.school_year

),

dated as (

    select
        with_town.district_code,
        with_town.school_code,
        with_town.school_year,
        with_town.is_listed,
        case
            when with_town.place > 1
                then
                    coalesce(
                        with_town.in_force_from,
                        days_of_towns.in_force_from,
                        {{ statistics_day('with_town.school_year') }}
                    )
        end as in_force_from
    from with_town
    left join days_of_towns
        on
            with_town.district_code = days_of_towns.district_code
            and with_town.school_year = days_of_towns.school_year
            and with_town.town_before = days_of_towns.town
            and days_of_towns.place = 1

),

-- a later register counts from its own day on, even if an earlier one came after it
bounded as (

    select
        *,
        min(in_force_from) over (
            partition by district_code, school_code order by school_year nulls last
            rows between 1 following and unbounded following
        ) as in_force_to
    from dated

),

final as (

    select
        bounded.district_code,
        bounded.school_year,
        bounded.school_code,
        listed.school_name,
        listed.school_type,
        bounded.in_force_from,
        bounded.in_force_to
    from bounded
    inner join listed
        on
            bounded.district_code = listed.district_code
            and bounded.school_year = listed.school_year
            and bounded.school_code = listed.school_code
    where bounded.is_listed and coalesce(bounded.in_force_from < bounded.in_force_to, true)

)

select * from final
