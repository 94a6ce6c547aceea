-- Schools that go on under another code: renamed, where the new code begins with the register that names the old one, or
-- merged into a school that was there before. A school that two others come from goes on in neither.
with registers as (

    select * from {{ ref('stg_schools') }}

),

first_years as (

    select
        school_code,
        min(school_year) as first_year
    from registers
    group by school_code

),

-- the last year in which a school was listed for itself
own_years as (

    select
        school_code,
        max(school_year) as last_year
    from registers
    where master_school_code is null
    group by school_code

),

stated as (

    select
        former_school_code as school_code,
        school_code as successor_code,
        true as is_former_code,
        min(school_year) as since_year
    from registers
    where former_school_code is not null and former_school_code <> school_code
    group by former_school_code, school_code
    union all
    select
        school_code,
        master_school_code as successor_code,
        false as is_former_code,
        min(school_year) as since_year
    from registers
    where master_school_code is not null and master_school_code <> school_code
    group by school_code, master_school_code

),

single as (

    select
        school_code,
        min(successor_code) as successor_code,
        min(since_year) as since_year,
        min(case when is_former_code then 1 else 0 end) = 1 as is_former_code
    from stated
    group by school_code
    having count(distinct successor_code) = 1

),

dated as (

    select
        single.school_code,
        single.successor_code,
        single.since_year,
        single.is_former_code and coalesce(first_years.first_year >= single.since_year, false) as is_renamed
    from single
    left join first_years on single.successor_code = first_years.school_code
    left join own_years on single.school_code = own_years.school_code
    where own_years.last_year is null or own_years.last_year < single.since_year

),

-- a code may change more than once
final as (

    select
        dated.school_code,
        dated.since_year,
        dated.is_renamed,
        case
            when dated.is_renamed and next_change.is_renamed and later_change.is_renamed then later_change.successor_code
            when dated.is_renamed and next_change.is_renamed then next_change.successor_code
            else dated.successor_code
        end as current_school_code
    from dated
    left join dated as next_change on dated.successor_code = next_change.school_code
    left join dated as later_change on next_change.successor_code = later_change.school_code

)

select * from final
