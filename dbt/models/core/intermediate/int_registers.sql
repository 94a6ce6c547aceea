-- The register in force per school year: a school's own row, or the last one while its town has sent no later register.
with schools as (

    select
        register_rows.*,
        -- a school without a town is carried on only to a year for which its district sent no list of schools
        coalesce(register_rows.town, '') as sender
    from {{ ref('int_register_rows') }} as register_rows

),

districts as (

    select distinct
        district_code,
        school_year
    from schools

),

-- a school is listed again under its own code, or by a school that names it as its former code
listings as (

    select
        school_code,
        school_year
    from schools
    union
    select
        former_school_code as school_code,
        school_year
    from schools
    where former_school_code is not null

),

next_listings as (

    select
        schools.school_code,
        schools.school_year,
        min(listings.school_year) as listed_again_in
    from schools
    inner join listings on schools.school_code = listings.school_code and schools.school_year < listings.school_year
    group by schools.school_code, schools.school_year

),

-- the next register of its town; the form of a single school is none
next_registers as (

    select
        schools.school_code,
        schools.school_year,
        min(town_registers.school_year) as sent_again_in
    from schools
    inner join {{ ref('stg_town_registers') }} as town_registers
        on
            schools.district_code = town_registers.district_code
            and schools.sender = town_registers.town
            and schools.school_year < town_registers.school_year
    group by schools.school_code, schools.school_year

),

-- the year in which the school is listed again, by whichever town, or its town has sent a register without it
bounded as (

    select
        schools.*,
        next_listings.listed_again_in,
        next_registers.sent_again_in
    from schools
    left join next_listings
        on schools.school_code = next_listings.school_code and schools.school_year = next_listings.school_year
    left join next_registers
        on schools.school_code = next_registers.school_code and schools.school_year = next_registers.school_year

),

final as (

    select
        years.school_year,
        bounded.school_code,
        bounded.school_name,
        bounded.district_code,
        bounded.town,
        bounded.urban_rural_code,
        bounded.school_type,
        bounded.ownership,
        bounded.is_inclusive,
        bounded.is_boarding,
        bounded.is_counted_as_school,
        bounded.master_school_code,
        bounded.former_school_code,
        bounded.education_group,
        bounded.exchange_area,
        bounded.is_planned_and_built_by_2010,
        bounded.is_planned_and_built_by_2016,
        bounded.is_in_dense_city_centre,
        bounded.founded_year,
        bounded.longitude,
        bounded.latitude,
        bounded.school_year as register_school_year,
        bounded.school_year < years.school_year as is_carried_on,
        bounded.is_waiting,
        districts.district_code is not null as is_in_a_registered_year
    from bounded
    inner join {{ ref('int_school_years') }} as years
        on
            bounded.school_year = years.school_year
            or (
                bounded.school_year < years.school_year
                and (bounded.listed_again_in is null or bounded.listed_again_in > years.school_year)
                and (bounded.sent_again_in is null or bounded.sent_again_in > years.school_year)
            )
    left join districts
        on
            bounded.district_code = districts.district_code
            and years.school_year = districts.school_year

)

select * from final
