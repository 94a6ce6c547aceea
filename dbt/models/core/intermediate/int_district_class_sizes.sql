with classes as (

    select * from {{ ref('int_classes') }}

),

counted as (

    select
        school_year,
        district_code,
        stage,
        -- a stage without a standard has no bands, but its classes count
        cast(
            sum(
                case
                    when size_band is not null or (standard_size is null and students is not null) then class_count
                    else 0
                end
            ) as bigint
        ) as classes,
        cast(sum(case when size_band in ('over_standard', 'large', 'super_large') then class_count else 0 end) as bigint)
            as classes_over_standard,
        cast(sum(case when size_band in ('large', 'super_large') then class_count else 0 end) as bigint) as classes_large,
        cast(sum(case when size_band = 'super_large' then class_count else 0 end) as bigint) as classes_super_large,
        cast(
            sum(
                case when size_band is null and (standard_size is not null or students is null) then 1 else 0 end
            ) as bigint
        ) as rows_without_size,
        max(standard_size) as standard_size,
        stage <> 'preschool' and max(standard_size) is not null as has_large_classes
    from classes
    group by school_year, district_code, stage

),

returns as (

    select * from {{ ref('int_class_returns') }}

),

final as (

    select
        counted.school_year,
        counted.district_code,
        counted.stage,
        counted.classes,
        case when counted.standard_size is not null then counted.classes_over_standard end as classes_over_standard,
        case when counted.has_large_classes then counted.classes_large end as classes_large,
        case when counted.has_large_classes then counted.classes_super_large end as classes_super_large,
        case when counted.has_large_classes then counted.classes_large / nullif(cast(counted.classes as double), 0) end as large_share,
        counted.rows_without_size,
        coalesce(returns.schools_due, 0) as schools_due,
        coalesce(returns.schools_received, 0) as schools_received,
        coalesce(returns.schools_complete, 0) as schools_complete
    from counted
    left join returns
        on
            counted.school_year = returns.school_year
            and counted.district_code = returns.district_code
            and counted.stage = returns.stage

)

select * from final
