with classes as (

    select * from {{ ref('stg_class_sizes') }}

),

schools as (

    select
        school_year,
        school_code,
        district_code
    from {{ ref('int_schools') }}

),

sizes as (

    {{ judged_standards('standard_size') }}

),

large as (

    {{ judged_standards('large_from') }}

),

super_large as (

    {{ judged_standards('super_large_from') }}

),

measured as (

    select
        classes.school_year,
        schools.district_code,
        classes.school_code,
        classes.stage,
        classes.grade,
        classes.class_name,
        classes.students,
        coalesce(classes.class_count, 1) as class_count,
        classes.size_band_minimum,
        classes.size_band_maximum,
        sizes.threshold as standard_size,
        large.threshold as large_from,
        super_large.threshold as super_large_from,
        coalesce(
            cast(classes.students as double) / nullif(coalesce(classes.class_count, 1), 0),
            cast(classes.size_band_minimum as double)
        ) as size_at_least,
        coalesce(
            cast(classes.students as double) / nullif(coalesce(classes.class_count, 1), 0),
            cast(classes.size_band_maximum as double),
            case when classes.size_band_minimum is not null then cast(1000000 as double) end
        ) as size_at_most,
        classes.students is not null and coalesce(classes.class_count, 1) > 1 as is_estimated
    from classes
    inner join schools
        on
            classes.school_year = schools.school_year
            and classes.school_code = schools.school_code
    left join sizes
        on
            classes.stage = sizes.stage
            and (sizes.school_kind = 'all' or classes.grade = sizes.school_kind)
            and {{ in_force('sizes', 'classes.school_year') }}
    left join large
        on
            classes.stage = large.stage
            and {{ in_force('large', 'classes.school_year') }}
    left join super_large
        on
            classes.stage = super_large.stage
            and {{ in_force('super_large', 'classes.school_year') }}

),

final as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        grade,
        class_name,
        cast(students as bigint) as students,
        cast(class_count as bigint) as class_count,
        size_band_minimum,
        size_band_maximum,
        cast(standard_size as bigint) as standard_size,
        case
            when students is not null and class_count > 0
                then greatest(cast(students as double) / class_count - standard_size, cast(0 as double))
            when size_at_most <= standard_size then cast(0 as double)
        end as excess_students,
        case
            when class_count = 0 then null
            when size_at_least >= super_large_from then 'super_large'
            when size_at_least >= large_from and size_at_most < super_large_from then 'large'
            when size_at_least >= large_from and size_band_maximum is null and students is null then null
            when size_at_least > standard_size and (large_from is null or size_at_most < large_from) then 'over_standard'
            when size_at_most <= standard_size then 'within_standard'
        end as size_band,
        is_estimated
    from measured

)

select * from final
