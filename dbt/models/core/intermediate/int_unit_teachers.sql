{{ config(materialized='view') }}

with stages as (

    select * from {{ ref('int_school_stages') }}
    where unit_school_code is not null and {{ is_judged_stage('stage') }}

),

reported as (

    select
        stages.school_year,
        stages.unit_school_code,
        stages.stage,
        staffing.full_time_teachers,
        staffing.above_required_degree_teachers,
        staffing.backbone_teachers,
        staffing.certified_teachers,
        staffing.trained_360_hours_teachers,
        staffing.pe_teachers + staffing.music_teachers + staffing.fine_art_teachers
        + coalesce(staffing.other_art_teachers, 0) as pe_art_teachers
    from stages
    left join {{ ref('stg_staffing') }} as staffing
        on
            stages.school_year = staffing.school_year
            and stages.school_code = staffing.school_code
            and stages.stage = staffing.stage

),

united as (

    select
        school_year,
        unit_school_code,
        stage,
        {{ sum_if_complete('full_time_teachers') }} as full_time_teachers,
        {{ sum_if_complete('above_required_degree_teachers') }} as above_required_degree_teachers,
        {{ sum_if_complete('backbone_teachers') }} as backbone_teachers,
        {{ sum_if_complete('certified_teachers') }} as certified_teachers,
        {{ sum_if_complete('trained_360_hours_teachers') }} as trained_360_hours_teachers,
        {{ sum_if_complete('pe_art_teachers') }} as pe_art_teachers
    from reported
    group by school_year, unit_school_code, stage

)

select * from united
