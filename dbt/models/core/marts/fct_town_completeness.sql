with completeness as (

    select * from {{ ref('fct_completeness') }}

),

schools as (

    select * from {{ ref('dim_schools') }}

),

-- a school has reported a feed when every stage it owes is there
by_school as (

    select
        completeness.school_year,
        schools.district_code,
        schools.town,
        completeness.feed,
        completeness.school_code,
        max(case when completeness.status = 'missing' then 1 else 0 end) as is_missing,
        max(case when completeness.status = 'with_problems' then 1 else 0 end) as has_problems
    from completeness
    inner join schools
        on
            completeness.school_year = schools.school_year
            and completeness.school_code = schools.school_code
    where completeness.due
    group by completeness.school_year, schools.district_code, schools.town, completeness.feed, completeness.school_code

),

final as (

    select
        school_year,
        district_code,
        town,
        feed,
        count(*) as schools_due,
        cast(sum(1 - is_missing) as bigint) as schools_received,
        cast(sum(case when is_missing = 0 then has_problems else 0 end) as bigint) as schools_with_problems,
        cast(sum(is_missing) as bigint) as schools_missing
    from by_school
    group by school_year, district_code, town, feed

)

select * from final
