-- One row per class, or band of classes, and day on which its size is known: yearly statistics, and the counts in between.
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
        cast(null as bigint) as size_band_minimum,
        cast(null as bigint) as size_band_maximum,
        cast(coalesce(counts.class_count, 1) as bigint) as class_count,
        cast(standards.threshold as double) as standard_size,
        coalesce(counts.class_count, 1) > 1 as is_lumped,
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
        cast(case when students is null then size_band_minimum end as bigint) as size_band_minimum,
        cast(case when students is null then size_band_maximum end as bigint) as size_band_maximum,
        class_count,
        cast(standard_size as double) as standard_size,
        students is null or class_count > 1 as is_lumped,
        is_estimated,
        size_band <> 'within_standard' as is_over,
        true as is_yearly
    from {{ ref('int_classes') }}

),

united as (

    select * from yearly
    union all
    select * from counted

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

levelled as (

    select
        united.*,
        {{ grade_level('united.grade') }} as grade_level
    from united
    cross join context
    where
        united.stage in ('primary', 'junior_secondary', 'senior_secondary')
        and united.observed_on <= context.as_of
        and {{ grade_level('united.grade') }} is not null
        and united.class_count > 0

),

-- where primary school has five years, junior secondary school begins with the sixth
levels as (

    select
        district_code,
        school_code,
        stage,
        max(grade_level) as highest_level,
        max(case when stage = 'junior_secondary' and grade_level = {{ last_level_of("'primary'") }} then 1 else 0 end)
            as begins_a_year_early
    from levelled
    group by district_code, school_code, stage

),

districts as (

    select
        district_code,
        max(begins_a_year_early) as has_early_junior_schools
    from levels
    group by district_code

),

stages as (

    select
        levels.district_code,
        levels.school_code,
        levels.stage,
        {{ first_level_of('levels.stage') }} - levels.begins_a_year_early as first_level,
        {{ last_level_of('levels.stage') }}
        - case
            when
                levels.stage = 'primary'
                and districts.has_early_junior_schools = 1
                and levels.highest_level < {{ last_level_of('levels.stage') }}
                then 1
            else 0
        end as last_level
    from levels
    inner join districts on levels.district_code = districts.district_code

),

final as (

    select
        levelled.school_year,
        levelled.district_code,
        levelled.school_code,
        levelled.stage,
        levelled.grade,
        levelled.class_name,
        levelled.observed_on,
        levelled.students_per_class,
        levelled.size_band_minimum,
        levelled.size_band_maximum,
        levelled.class_count,
        levelled.standard_size,
        levelled.is_lumped,
        levelled.is_estimated,
        levelled.is_over,
        levelled.is_yearly,
        levelled.school_year - (levelled.grade_level - stages.first_level) as entry_school_year,
        stages.last_level - stages.first_level + 1 as years_of_stage
    from levelled
    inner join stages
        on
            levelled.district_code = stages.district_code
            and levelled.school_code = stages.school_code
            and levelled.stage = stages.stage

)

select * from final
