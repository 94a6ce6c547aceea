-- One row per class, or band of classes, and day on which its size is known: yearly statistics, and the counts in between.
-- A class has the name that was written last: 一年级1班 of one year is 二年级1班 of the next.
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

reported as (

    select * from yearly
    union all
    select * from counted

),

-- a school that changed its code goes on with its classes
united as (

    select
        reported.school_year,
        reported.district_code,
        coalesce(successors.renamed_school_code, reported.school_code) as school_code,
        reported.school_code as reported_school_code,
        reported.stage,
        reported.grade,
        reported.class_name,
        reported.observed_on,
        reported.students_per_class,
        reported.size_band_minimum,
        reported.size_band_maximum,
        reported.class_count,
        reported.standard_size,
        reported.is_lumped,
        reported.is_estimated,
        reported.is_over,
        reported.is_yearly
    from reported
    left join {{ ref('int_school_successors') }} as successors
        on
            reported.school_code = successors.school_code
            and successors.renamed_school_code is not null

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

first_levels as (

    select
        stage,
        min(first_level) as first_level,
        max(last_level) as last_level,
        max(first_level) as usual_first_level,
        min(last_level) as shorter_last_level
    from {{ ref('school_systems') }}
    group by stage

),

grades_listed as (

    select
        levelled.district_code,
        levelled.school_code,
        levelled.observed_on,
        levelled.is_yearly,
        max(case when levelled.grade_level < first_levels.usual_first_level then 1 else 0 end) as begins_early
    from levelled
    inner join first_levels on levelled.stage = first_levels.stage
    where levelled.stage = 'junior_secondary' and levelled.grade_level >= first_levels.first_level
    group by levelled.district_code, levelled.school_code, levelled.observed_on, levelled.is_yearly

),

junior_schools as (

    {{ junior_schools_by_first_grade('grades_listed') }}

),

districts as (

    select
        district_code,
        max(case when always_begins_early or is_in_early_district then 1 else 0 end) = 1 as has_early_schools
    from junior_schools
    group by district_code

),

highest_levels as (

    select
        district_code,
        school_code,
        stage,
        max(grade_level) as highest_level
    from levelled
    group by district_code, school_code, stage

),

stages as (

    select
        schools.district_code,
        schools.school_code,
        schools.stage,
        systems.first_level,
        systems.last_level
    from highest_levels as schools
    left join districts on schools.district_code = districts.district_code
    left join junior_schools
        on
            schools.district_code = junior_schools.district_code
            and schools.school_code = junior_schools.school_code
    inner join first_levels on schools.stage = first_levels.stage
    inner join {{ ref('school_systems') }} as systems
        on
            schools.stage = systems.stage
            and systems.school_system = case
                when
                    schools.stage = 'junior_secondary'
                    and (
                        coalesce(junior_schools.always_begins_early, false)
                        or (junior_schools.is_in_early_district and junior_schools.begins_early = 1)
                    )
                    then 'five_four'
                when
                    schools.stage = 'primary'
                    and districts.has_early_schools
                    and schools.highest_level <= first_levels.shorter_last_level
                    then 'five_four'
                else 'six_three'
            end

),

entered as (

    select
        levelled.school_year,
        levelled.district_code,
        levelled.school_code,
        levelled.reported_school_code,
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
        -- of a grade below the stage the year of entry isn't known
        case
            when levelled.grade_level >= stages.first_level
                then cast(levelled.school_year - (levelled.grade_level - stages.first_level) as bigint)
        end as entry_school_year,
        stages.last_level - stages.first_level + 1 as years_of_stage
    from levelled
    inner join stages
        on
            levelled.district_code = stages.district_code
            and levelled.school_code = stages.school_code
            and levelled.stage = stages.stage

),

final as (

    select
        entered.school_year,
        entered.district_code,
        entered.school_code,
        entered.reported_school_code,
        entered.stage,
        entered.grade,
        case
            when entered.entry_school_year is null then entered.class_name
            else
                first_value(entered.class_name) over (
                    partition by entered.school_code, entered.stage, entered.entry_school_year, class_names.class_key
                    order by entered.observed_on desc, entered.is_yearly desc, entered.class_name desc
                )
        end as class_name,
        class_names.class_key,
        entered.observed_on,
        entered.students_per_class,
        entered.size_band_minimum,
        entered.size_band_maximum,
        entered.class_count,
        entered.standard_size,
        entered.is_lumped,
        entered.is_estimated,
        entered.is_over,
        entered.is_yearly,
        entered.entry_school_year,
        entered.years_of_stage
    from entered
    inner join {{ ref('int_class_names') }} as class_names on entered.class_name = class_names.class_name

)

select * from final
