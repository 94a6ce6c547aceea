with listed as (

    select
        school_year,
        school_code,
        stage,
        count(*) as class_rows,
        -- a stage without a standard has no bands, but its classes count
        sum(
            case
                when size_band is not null or (standard_size is null and students is not null) then class_count
                else 0
            end
        ) as classes,
        sum(case when size_band in ('over_standard', 'large', 'super_large') then class_count else 0 end)
            as classes_over_standard,
        sum(case when size_band in ('large', 'super_large') then class_count else 0 end) as classes_large,
        sum(case when size_band = 'super_large' then class_count else 0 end) as classes_super_large,
        sum(
            case when size_band is null and (standard_size is not null or students is null) then 1 else 0 end
        ) as rows_without_size,
        max(cast(students as double) / nullif(class_count, 0)) as largest_class,
        max(standard_size) as standard_size
    from {{ ref('int_classes') }}
    group by school_year, school_code, stage

),

quarantined as (

    select
        school_year,
        school_code,
        stage,
        quarantined_rows
    from {{ ref('int_quarantined') }}
    where feed = 'class_sizes'

),

united as (

    select
        coalesce(listed.school_year, quarantined.school_year) as school_year,
        coalesce(listed.school_code, quarantined.school_code) as school_code,
        coalesce(listed.stage, quarantined.stage) as stage,
        coalesce(listed.class_rows, 0) as class_rows,
        coalesce(listed.classes, 0) as classes,
        coalesce(listed.classes_over_standard, 0) as classes_over_standard,
        coalesce(listed.classes_large, 0) as classes_large,
        coalesce(listed.classes_super_large, 0) as classes_super_large,
        coalesce(listed.rows_without_size, 0) as rows_without_size,
        coalesce(quarantined.quarantined_rows, 0) as quarantined_rows,
        listed.largest_class,
        listed.standard_size
    from listed
    full outer join quarantined
        on
            listed.school_year = quarantined.school_year
            and listed.school_code = quarantined.school_code
            and listed.stage = quarantined.stage

),

final as (

    select
        united.*,
        schools.district_code,
        united.class_rows > 0 and united.rows_without_size = 0 and united.quarantined_rows = 0 as is_whole
    from united
    inner join {{ ref('int_schools') }} as schools
        on
            united.school_year = schools.school_year
            and united.school_code = schools.school_code

)

select * from final
