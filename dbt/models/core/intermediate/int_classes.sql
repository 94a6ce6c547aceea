with classes as (

    select * from {{ ref('stg_class_sizes') }}

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

years as (

    select distinct school_year from {{ ref('int_schools') }}

),

stages as (

    select stage from sizes
    union
    select stage from large
    union
    select stage from super_large

),

-- the limits of each year are looked up once, so that each class only has to find its own
stage_limits as (

    select
        years.school_year,
        stages.stage,
        sizes.threshold as standard_size,
        large.threshold as large_from,
        super_large.threshold as super_large_from
    from years
    cross join stages
    left join sizes
        on
            stages.stage = sizes.stage
            and sizes.school_kind = 'all'
            and {{ in_force('sizes', 'years.school_year') }}
    left join large
        on
            stages.stage = large.stage
            and {{ in_force('large', 'years.school_year') }}
    left join super_large
        on
            stages.stage = super_large.stage
            and {{ in_force('super_large', 'years.school_year') }}

),

grade_sizes as (

    select
        years.school_year,
        sizes.stage,
        sizes.school_kind as grade,
        sizes.threshold as standard_size
    from years
    inner join sizes on {{ in_force('sizes', 'years.school_year') }}
    where sizes.school_kind <> 'all'

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
        coalesce(grade_sizes.standard_size, stage_limits.standard_size) as standard_size,
        stage_limits.large_from,
        stage_limits.super_large_from,
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
    inner join {{ ref('int_schools') }} as schools
        on
            classes.school_year = schools.school_year
            and classes.school_code = schools.school_code
    left join stage_limits
        on
            classes.school_year = stage_limits.school_year
            and classes.stage = stage_limits.stage
    left join grade_sizes
        on
            classes.school_year = grade_sizes.school_year
            and classes.stage = grade_sizes.stage
            and classes.grade = grade_sizes.grade

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
                then {{ larger_of('cast(students as double) / class_count - standard_size', 'cast(0 as double)') }}
            when size_at_most <= standard_size then cast(0 as double)
        end as excess_students,
        case
            when class_count = 0 then null
            when size_at_most <= standard_size then 'within_standard'
            when size_at_least >= super_large_from then 'super_large'
            when size_at_least >= large_from and size_at_most < super_large_from then 'large'
            when size_at_least >= large_from and size_band_maximum is null and students is null then null
            when size_at_least > standard_size and (large_from is null or size_at_most < large_from) then 'over_standard'
        end as size_band,
        is_estimated
    from measured

)

select * from final
