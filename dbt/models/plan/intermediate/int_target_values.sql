-- One row per school year, district and figure that has a target with a year: its numerator and denominator, the reports
-- that were due and those at hand.
with insured as (

    select
        schools.school_year,
        schools.district_code,
        count(*) as due,
        count(case when pay.staff is not null then pay.fully_insured_staff end) as available,
        sum(case when pay.staff is not null then pay.fully_insured_staff end) as numerator,
        sum(case when pay.fully_insured_staff is not null then pay.staff end) as denominator
    from {{ ref('int_schools') }} as schools
    left join {{ ref('int_kindergarten_staff') }} as pay
        on
            schools.school_year = pay.school_year
            and schools.school_code = pay.school_code
    where schools.school_type = 'kindergarten'
    group by schools.school_year, schools.district_code

),

-- a school is whole if each of its classes has a size
sized as (

    select
        school_year,
        school_code,
        stage,
        count(*) as listed_rows,
        count(size_band) as sized_rows,
        sum(case when size_band is not null then class_count end) as classes,
        sum(case when size_band in ('large', 'super_large') then class_count else 0 end) as large_classes,
        sum(case when size_band = 'super_large' then class_count else 0 end) as super_large_classes
    from {{ ref('int_classes') }}
    group by school_year, school_code, stage

),

compulsory_classes as (

    select
        stages.school_year,
        stages.district_code,
        count(*) as due,
        sum(case when sized.listed_rows = sized.sized_rows then 1 else 0 end) as available,
        sum(sized.large_classes) as large_classes,
        sum(sized.super_large_classes) as super_large_classes,
        sum(sized.classes) as classes
    from {{ ref('int_school_stages') }} as stages
    left join sized
        on
            stages.school_year = sized.school_year
            and stages.school_code = sized.school_code
            and stages.stage = sized.stage
    where {{ is_judged_stage('stages.stage') }} and (stages.is_due or sized.school_code is not null)
    group by stages.school_year, stages.district_code

),

-- on what the school owns, as the plan counts it; one condition below its standard decides, whatever else is missing
vocational_schools as (

    select
        school_year,
        district_code,
        school_code,
        max(case when status_owned_only = 'not_met' then 1 else 0 end) as falls_short,
        max(case when status_owned_only = 'not_available' then 1 else 0 end) as lacks_data
    from {{ ref('int_vocational_verdicts') }}
    where status_owned_only <> 'not_applicable'
    group by school_year, district_code, school_code

),

vocational as (

    select
        school_year,
        district_code,
        count(*) as due,
        sum(case when falls_short = 1 or lacks_data = 0 then 1 else 0 end) as available,
        sum(case when falls_short = 0 and lacks_data = 0 then 1 else 0 end) as numerator,
        count(*) as denominator
    from vocational_schools
    group by school_year, district_code

),

united as (

    {{ figure_rows('target_code', [
        ('public_kindergarten_share', ref('int_preschool_universality'), 'numerator', 'denominator', 'reports_due',
            'reports_available', "figure_code = 'public_kindergarten_share'"),
        ('fully_insured_staff_share', 'insured', 'numerator', 'denominator', 'due', 'available', ''),
        ('large_class_share', 'compulsory_classes', 'large_classes', 'classes', 'due', 'available', ''),
        ('super_large_class_share', 'compulsory_classes', 'super_large_classes', 'classes', 'due', 'available', ''),
        ('disabled_children_enrolment_rate', ref('int_government_items'), 'numerator', 'denominator', '1', '1',
            "item_code = 'disabled_children' and value is not null"),
        ('fully_compliant_school_share', 'vocational', 'numerator', 'denominator', 'due', 'available', ''),
    ]) }}

)

select
    *,
    numerator / nullif(denominator, 0) as value
from united
