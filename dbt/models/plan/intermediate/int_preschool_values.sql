-- One row per school year, district and figure of preschool universality, before its standard.
with support as (

    select
        school_year,
        district_code,
        count(*) as due,
        count(children) as available,
        sum(children) as children,
        sum(case when is_inclusive then children end) as inclusive_children,
        sum(case when ownership = 'public' then children end) as public_children,
        sum(nursery_places) as nursery_places,
        sum(nursery_children) as nursery_children,
        sum(case when nursery_places > 0 then 1 else 0 end) as kindergartens_with_nursery,
        sum(case when inclusive_assessment = 'passed' then 1 else 0 end) as assessed_inclusive,
        sum(guard_subsidy_yuan) as guard_subsidy_yuan,
        sum(case when ownership = 'public' then 1 else 0 end) as public_due,
        count(case when ownership = 'public' then public_funding_yuan end) as public_available,
        min(case when ownership = 'public' then public_funding_yuan end) as lowest_funding_yuan,
        avg(case when is_inclusive then fee_yuan_per_month end) as mean_fee_yuan_per_month
    from {{ ref('int_kindergarten_support') }}
    group by school_year, district_code

),

figures as (

    select
        district_code,
        figure_year as school_year,
        max(case when figure_code = 'children_in_kindergartens' then figure end) as enrolled,
        max(case when figure_code = 'children_3_to_6_registered' then figure end) as registered,
        max(case when figure_code = 'children_3_to_6_resident' then figure end) as resident
    from {{ ref('stg_district_figures') }}
    group by district_code, figure_year

),

certified as (

    select
        schools.school_year,
        schools.district_code,
        count(*) as due,
        count(staffing.certified_teachers + staffing.full_time_teachers) as available,
        sum(case when staffing.certified_teachers is not null then staffing.full_time_teachers end) as teachers,
        sum(case when staffing.full_time_teachers is not null then staffing.certified_teachers end) as certified_teachers
    from {{ ref('int_schools') }} as schools
    left join {{ ref('stg_staffing') }} as staffing
        on
            schools.school_year = staffing.school_year
            and schools.school_code = staffing.school_code
            and staffing.stage = 'preschool'
    where schools.school_type = 'kindergarten'
    group by schools.school_year, schools.district_code

),

teachers as (

    select
        reported.school_year,
        reported.district_code,
        count(*) as due,
        count(case when reported.children is not null then staffing.full_time_teachers end) as available,
        sum(case when staffing.full_time_teachers is not null then reported.children end) as children,
        sum(case when reported.children is not null then staffing.full_time_teachers end) as teachers
    from {{ ref('int_kindergarten_support') }} as reported
    left join {{ ref('stg_staffing') }} as staffing
        on
            reported.school_year = staffing.school_year
            and reported.school_code = staffing.school_code
            and staffing.stage = 'preschool'
    group by reported.school_year, reported.district_code

)

{# the rule of public funding speaks of public kindergartens #}
{% set totals = [
    'nursery_places', 'nursery_children', 'kindergartens_with_nursery', 'assessed_inclusive', 'guard_subsidy_yuan',
    'mean_fee_yuan_per_month',
] %}
{% set figures = [
    ('gross_enrolment_rate', 'figures', 'enrolled', 'registered', '1', '1',
        'enrolled is not null and registered is not null'),
    ('gross_enrolment_rate_of_residents', 'figures', 'enrolled', 'resident', '1', '1',
        'enrolled is not null and resident is not null'),
    ('inclusive_coverage_rate', 'support', 'inclusive_children', 'children', 'due', 'available', ''),
    ('public_kindergarten_share', 'support', 'public_children', 'children', 'due', 'available', ''),
    ('per_child_public_funding_yuan', 'support', 'lowest_funding_yuan', '', 'public_due', 'public_available',
        'public_available > 0'),
    ('certified_teacher_share', 'certified', 'certified_teachers', 'teachers', 'due', 'available', ''),
    ('children_per_teacher', 'teachers', 'children', 'teachers', 'due', 'available', ''),
    ('class_size_compliance_rate', ref('int_district_class_sizes'), 'classes - classes_over_standard', 'classes',
        'returns_expected', 'returns_complete', "stage = 'preschool'"),
] %}
{% for total in totals -%}
    {% do figures.append((total, 'support', total, '', 'due', 'available', 'available > 0')) %}
{%- endfor %}
{{ figure_rows('figure_code', figures) }}
