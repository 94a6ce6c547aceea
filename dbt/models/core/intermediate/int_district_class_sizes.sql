with counted as (

    select
        school_year,
        district_code,
        stage,
        cast(sum(classes) as bigint) as classes,
        cast(sum(classes_over_standard) as bigint) as classes_over_standard,
        cast(sum(classes_large) as bigint) as classes_large,
        cast(sum(classes_super_large) as bigint) as classes_super_large,
        cast(sum(rows_without_size) as bigint) as rows_without_size,
        cast(sum(quarantined_rows) as bigint) as quarantined_rows,
        max(standard_size) as standard_size,
        stage <> 'preschool' and max(standard_size) is not null as has_large_classes
    from {{ ref('int_school_classes') }}
    group by school_year, district_code, stage
    having sum(class_rows) > 0

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
        counted.quarantined_rows,
        coalesce(returns.schools_due, 0) as schools_due,
        coalesce(returns.schools_received, 0) as schools_received,
        coalesce(returns.returns_expected, 0) as returns_expected,
        coalesce(returns.returns_complete, 0) as returns_complete
    from counted
    left join returns
        on
            counted.school_year = returns.school_year
            and counted.district_code = returns.district_code
            and counted.stage = returns.stage

)

select * from final
