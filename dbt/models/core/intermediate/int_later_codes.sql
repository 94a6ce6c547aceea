-- Codes that a school had, each with every code that it had afterwards: the new code begins with the register that names the
-- old one. A code that two schools name goes on in neither; one that its school still has, or under which it is merged into
-- the school that names it, isn't changed.
with registers as (

    select * from {{ ref('int_register_rows') }}

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
        min(school_code) as later_school_code,
        min(school_year) as since_year
    from registers
    where former_school_code is not null and former_school_code <> school_code
    group by former_school_code
    having count(distinct school_code) = 1

),

merged as (

    select distinct
        school_code,
        master_school_code
    from registers
    where master_school_code is not null

),

changes as (

    select
        stated.school_code,
        stated.later_school_code,
        stated.since_year
    from stated
    inner join first_years on stated.later_school_code = first_years.school_code
    left join own_years on stated.school_code = own_years.school_code
    left join merged
        on stated.school_code = merged.school_code and stated.later_school_code = merged.master_school_code
    where
        merged.school_code is null
        and first_years.first_year >= stated.since_year
        and (own_years.last_year is null or own_years.last_year < stated.since_year)

),

-- a code may change more than once
second_changes as (

    select
        changes.school_code,
        later.later_school_code,
        later.since_year
    from changes
    inner join changes as later on changes.later_school_code = later.school_code

),

third_changes as (

    select
        second_changes.school_code,
        later.later_school_code,
        later.since_year
    from second_changes
    inner join changes as later on second_changes.later_school_code = later.school_code

),

united as (

    select
        *,
        1 as change_number
    from changes
    union all
    select
        *,
        2 as change_number
    from second_changes
    union all
    select
        *,
        3 as change_number
    from third_changes

),

last_changes as (

    select
        school_code,
        max(change_number) as change_number
    from united
    group by school_code

),

final as (

    select
        united.school_code,
        united.later_school_code,
        united.since_year,
        united.change_number = last_changes.change_number as is_last
    from united
    inner join last_changes on united.school_code = last_changes.school_code

)

select * from final
