-- One row per class and day on which its size is known: yearly statistics, and the counts in between.
with standards as (

    {{ judged_standards('standard_size') }}

),

counts as (

    select
        counts.*,
        {{ school_year_of('counts.counted_on') }} as school_year
    from {{ ref('stg_class_counts') }} as counts

),

counted as (

    select
        counts.school_year,
        schools.district_code,
        counts.school_code,
        counts.stage,
        counts.grade,
        counts.class_name,
        counts.counted_on as observed_on,
        cast(counts.students as double) / nullif(coalesce(counts.class_count, 1), 0) as students_per_class,
        cast(coalesce(counts.class_count, 1) as bigint) as class_count,
        cast(standards.threshold as double) as standard_size,
        coalesce(counts.class_count, 1) > 1 as is_estimated,
        cast(counts.students as double) / nullif(coalesce(counts.class_count, 1), 0) > standards.threshold as is_over,
        false as is_yearly
    from counts
    inner join {{ ref('int_latest_schools') }} as schools on counts.school_code = schools.school_code
    left join standards
        on
            counts.stage = standards.stage
            and (standards.school_kind = 'all' or counts.grade = standards.school_kind)
            and {{ in_force('standards', 'counts.school_year') }}

),

yearly as (

    select
        school_year,
        district_code,
        school_code,
        stage,
        grade,
        class_name,
        {{ statistics_day('school_year') }} as observed_on,
        cast(students as double) / nullif(class_count, 0) as students_per_class,
        class_count,
        cast(standard_size as double) as standard_size,
        is_estimated,
        size_band <> 'within_standard' as is_over,
        true as is_yearly
    from {{ ref('int_classes') }}
    where stage in ('primary', 'junior_secondary', 'senior_secondary')

),

united as (

    select * from yearly
    union all
    select * from counted
    where stage in ('primary', 'junior_secondary', 'senior_secondary')

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

final as (

    select
        united.*,
        united.school_year - {{ grade_level('united.grade') }} as cohort
    from united
    cross join context
    where united.observed_on <= context.as_of

)

select * from final
