with registers as (

    select * from {{ ref('int_registers') }}
    where is_in_a_registered_year

),

-- a school that was merged before the other one got a new code names that one's former code
renamed_masters as (

    select
        registers.school_year,
        registers.school_code,
        min(masters.school_code) as present_master_code
    from registers
    inner join {{ ref('int_later_codes') }} as codes on registers.master_school_code = codes.school_code
    inner join registers as masters
        on
            registers.school_year = masters.school_year
            and codes.later_school_code = masters.school_code
            and registers.school_year >= codes.since_year
    group by registers.school_year, registers.school_code

),

schools as (

    select
        registers.*,
        coalesce(renamed_masters.present_master_code, registers.master_school_code) as valid_master_code
    from registers
    left join renamed_masters
        on
            registers.school_year = renamed_masters.school_year
            and registers.school_code = renamed_masters.school_code

),

with_master as (

    select
        schools.*,
        masters.school_code as found_master_code,
        masters.district_code as master_district_code,
        masters.master_school_code as master_of_master_code,
        masters.is_counted_as_school as master_is_counted_as_school
    from schools
    left join schools as masters
        on
            schools.school_year = masters.school_year
            and schools.valid_master_code = masters.school_code

),

judged as (

    select
        *,
        case
            when valid_master_code is null and is_counted_as_school = false then '不计校数，但没有填并入学校标识码'
            when valid_master_code is null then null
            when valid_master_code = school_code then '并入学校标识码是它自己'
            when found_master_code is null then '并入的学校不在本学年的学校名录中'
            when master_of_master_code is not null then '并入的学校自己又并入别校'
            when master_is_counted_as_school = false then '并入的学校不计校数'
            when master_district_code <> district_code then '并入的学校在别的区县'
        end as master_problem_zh
    from with_master

),

final as (

    select
        school_year,
        district_code,
        school_code,
        school_name,
        town,
        urban_rural_code,
        school_type,
        ownership,
        is_inclusive,
        is_boarding,
        founded_year,
        is_counted_as_school,
        valid_master_code as master_school_code,
        former_school_code,
        education_group,
        exchange_area,
        longitude,
        latitude,
        is_planned_and_built_by_2010,
        is_planned_and_built_by_2016,
        is_in_dense_city_centre,
        register_school_year,
        is_carried_on,
        coalesce(
            master_problem_zh,
            case when is_waiting then '名录里该校的一行有问题，没有采用；改好以前，该校应报的仍算应报，各项判断待定' end
        ) as held_reason_zh,
        master_problem_zh is not null or is_waiting as is_held,
        is_waiting,
        urban_rural_code in ('210', '220') as is_rural,
        case
            when master_problem_zh is not null then null
            else coalesce(valid_master_code, school_code)
        end as unit_school_code
    from judged

)

select * from final
