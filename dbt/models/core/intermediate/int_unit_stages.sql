with students as (

    select * from {{ ref('int_stage_students') }}
    where unit_school_code is not null and stage in ('primary', 'junior_secondary', 'senior_secondary')

),

weights as (

    {{ judged_standards('weight') }}

),

-- campuses first: a figure that any member didn't report makes the sum missing
united as (

    select
        school_year,
        district_code,
        unit_school_code,
        stage,
        case when count(*) = count(students) then sum(students) end as students,
        case when count(*) = count(classes) then sum(classes) end as classes,
        case
            when count(*) = count(students) then null
            when sum(case when students_missing_reason = 'quarantined' then 1 else 0 end) > 0 then 'quarantined'
            when sum(case when students_missing_reason = 'not_received' then 1 else 0 end) > 0 then 'not_received'
            else 'blank'
        end as students_missing_reason
    from students
    group by school_year, district_code, unit_school_code, stage

),

weighted as (

    select
        united.*,
        weights.threshold as weight,
        united.students * weights.threshold as weighted_students
    from united
    -- years before the first weights have none; then only a school of one stage has a share
    left join weights
        on
            united.stage = weights.stage
            and {{ in_force('weights', 'united.school_year') }}

),

schools as (

    select
        school_year,
        unit_school_code,
        count(*) as stages,
        case when count(*) = count(weighted_students) then sum(weighted_students) end as weighted_students,
        case
            when count(*) = count(weighted_students) then null
            when sum(case when students_missing_reason = 'quarantined' then 1 else 0 end) > 0 then 'quarantined'
            when sum(case when students_missing_reason = 'not_received' then 1 else 0 end) > 0 then 'not_received'
            when count(*) = count(students) then 'no_standard'
            else 'blank'
        end as share_missing_reason
    from weighted
    group by school_year, unit_school_code

),

final as (

    select
        weighted.school_year,
        weighted.district_code,
        weighted.unit_school_code,
        weighted.stage,
        cast(weighted.students as bigint) as students,
        cast(weighted.classes as bigint) as classes,
        weighted.students_missing_reason,
        weighted.weight,
        weighted.weighted_students,
        schools.weighted_students as school_weighted_students,
        schools.stages as school_stages,
        case
            when schools.stages = 1 then cast(1 as double)
            else weighted.weighted_students / nullif(schools.weighted_students, 0)
        end as stage_share,
        case when schools.stages > 1 then schools.share_missing_reason end as share_missing_reason
    from weighted
    inner join schools
        on
            weighted.school_year = schools.school_year
            and weighted.unit_school_code = schools.unit_school_code

)

select * from final
