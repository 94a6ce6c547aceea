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

final as (

    select
        school_year,
        district_code,
        stage,
        classes,
        case when standard_size is not null then classes_over_standard end as classes_over_standard,
        case when has_large_classes then classes_large end as classes_large,
        case when has_large_classes then classes_super_large end as classes_super_large,
        case when has_large_classes then classes_large / nullif(cast(classes as double), 0) end as large_share,
        rows_without_size
    from counted

)

select * from final
