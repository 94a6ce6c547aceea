with completeness as (

    select * from {{ ref('fct_completeness') }}
    where due

),

-- a school has reported a feed when every stage it owes is there
by_school as (

    select
        school_year,
        district_code,
        town,
        feed,
        school_code,
        max(due_on) as due_on,
        max(case when status = 'missing' then 1 else 0 end) as is_missing,
        max(case when status = 'with_problems' then 1 else 0 end) as has_problems,
        max(case when received or is_nil then 1 else 0 end) as has_rows,
        max(case when register_school_year < school_year then 1 else 0 end) as is_carried_on
    from completeness
    group by school_year, district_code, town, feed, school_code

),

final as (

    select
        school_year,
        district_code,
        town,
        feed,
        max(due_on) as due_on,
        count(*) as schools_due,
        cast(sum(1 - is_missing) as bigint) as schools_received,
        cast(sum(case when is_missing = 0 then has_problems else 0 end) as bigint) as schools_with_problems,
        cast(sum(case when is_missing = 0 then 1 - has_rows else 0 end) as bigint) as schools_without_rows,
        cast(sum(is_missing) as bigint) as schools_missing,
        cast(sum(is_carried_on) as bigint) as schools_carried_on
    from by_school
    group by school_year, district_code, town, feed

)

select * from final
