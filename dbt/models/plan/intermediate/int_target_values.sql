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

united as (

    {{ figure_rows('target_code', [
        ('public_kindergarten_share', ref('int_preschool_universality'), 'numerator', 'denominator', 'reports_due',
            'reports_available', "figure_code = 'public_kindergarten_share'"),
        ('fully_insured_staff_share', 'insured', 'numerator', 'denominator', 'due', 'available', ''),
        ('large_class_share', ref('int_compulsory_classes'), 'classes_large', 'classes', 'due', 'available', ''),
        ('super_large_class_share', ref('int_compulsory_classes'), 'classes_super_large', 'classes', 'due', 'available', ''),
        ('disabled_children_enrolment_rate', ref('int_government_items'), 'numerator', 'denominator', '1', '1',
            "item_code = 'disabled_children' and value is not null"),
        ('fully_compliant_school_share', ref('int_compliant_vocational_schools'), 'schools_compliant', 'schools_decided',
            'schools_due', 'schools_decided', ''),
    ]) }}

)

select
    *,
    numerator / nullif(denominator, 0) as value
from united
