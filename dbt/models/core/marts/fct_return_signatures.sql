with received as (

    select * from {{ ref('fct_completeness') }}
    where signature_status is not null

),

-- one signature stands for all stages of a school
by_school as (

    select
        school_year,
        district_code,
        feed,
        school_code,
        max(case when signature_status = 'unsigned' then 1 else 0 end) as is_unsigned,
        max(case when signature_status = 'page_missing' then 1 else 0 end) as is_page_missing,
        max(case when signature_status = 'changed_after' then 1 else 0 end) as is_changed_after
    from received
    group by school_year, district_code, feed, school_code

),

resting as (

    select
        feed,
        {{ names_in_order('label_zh', ['sort_order']) }} as indicators_zh
    from {{ ref('indicators') }}
    group by feed

),

counted as (

    select
        school_year,
        district_code,
        feed,
        count(*) as schools_received,
        count(*) - sum(is_unsigned) - sum(is_page_missing) - sum(is_changed_after) as schools_signed,
        sum(is_changed_after) as schools_changed_after,
        sum(is_page_missing) as schools_without_page,
        sum(is_unsigned) as schools_unsigned
    from by_school
    group by school_year, district_code, feed

),

final as (

    select
        counted.school_year,
        counted.district_code,
        counted.feed,
        cast(counted.schools_received as bigint) as schools_received,
        cast(counted.schools_signed as bigint) as schools_signed,
        cast(counted.schools_changed_after as bigint) as schools_changed_after,
        cast(counted.schools_without_page as bigint) as schools_without_page,
        cast(counted.schools_unsigned as bigint) as schools_unsigned,
        resting.indicators_zh
    from counted
    left join resting on counted.feed = resting.feed

)

select * from final
