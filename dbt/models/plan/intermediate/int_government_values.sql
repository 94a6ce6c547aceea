{#
  One row per item: its code, the relation, the stage that its standard is for, numerator and denominator, the reports
  that are due and available, a second reading if there is one, and the rows that count.
#}
{% set items = [
    ('music_rooms', 'rooms', 'all', 'reached', 'available', 'due', 'available', none, "room_kind = 'music' and available > 0"),
    ('art_rooms', 'rooms', 'all', 'reached', 'available', 'due', 'available', none, "room_kind = 'art' and available > 0"),
    ('school_size', 'sizes', 'all', 'reached', 'available', 'due', 'available', none, 'true'),
    ('class_size', ref('int_compulsory_classes'), 'all', 'classes_within_standard', 'classes', 'due', 'available', none, 'true'),
    ('trained_360_hours', 'staff', 'all', 'trained', 'trained_of', 'due', 'trained_known', none, 'true'),
    ('certified_teachers', 'staff', 'all', 'certified', 'certified_of', 'due', 'certified_known', none, 'true'),
    ('rotated_teachers', 'staff', 'all', 'rotated', 'rotated_of', 'due', 'rotated_known', none, 'true'),
    (
        'rotated_backbone', 'staff', 'all', 'rotated_backbone', 'rotated_backbone_of', 'due', 'rotated_backbone_known',
        'rotated_backbone / nullif(cast(rotated_of as double), 0)', 'true'
    ),
    (
        'nearby_enrolment_primary', 'zones', 'primary', 'nearby_entrants', 'entrants', 'due', 'available', none,
        "stage = 'primary'"
    ),
    (
        'nearby_enrolment_junior', 'zones', 'junior_secondary', 'nearby_entrants', 'entrants', 'due', 'available', none,
        "stage = 'junior_secondary'"
    ),
    ('retention', 'retention', 'junior_secondary', 'retained', 'begun', 'due', 'available', none, 'true'),
    ('between_school_difference', 'differences', 'all', 'largest_difference', '1', 'due', 'available', none, 'true'),
] %}
{# Items made of figures that only the district knows: the stage, and the figures above and below the line. #}
{% set of_the_district = [
    ('teacher_pay', 'all', 'teacher_mean_annual_pay_yuan', 'civil_servant_mean_annual_pay_yuan'),
    ('special_education_funding', 'all', 'special_education_funding_yuan_per_student', '1'),
    ('quota_allocation', 'junior_secondary', 'quota_places_allocated', 'quota_places_planned'),
    ('migrant_children', 'all', 'migrant_children_placed', 'migrant_children_eligible'),
    ('disabled_children', 'all', 'disabled_children_enrolled', 'disabled_children_registered'),
    ('training_budget', 'all', 'training_funds_yuan', 'public_funding_budget_yuan'),
    ('public_recognition', 'all', 'public_recognition_rate', '1'),
] %}

{# Shares of teachers, of the schools that report both the part and the total. #}
{% set parts = {
    'trained': ('staffing.trained_360_hours_teachers', 'staffing.full_time_teachers'),
    'certified': ('staffing.certified_teachers', 'staffing.full_time_teachers'),
    'rotated': ('staffing.rotated_teachers', 'staffing.rotation_eligible_teachers'),
    'rotated_backbone': ('staffing.rotated_backbone_teachers', 'staffing.rotated_teachers'),
} %}
{% set is_whole = 'graduates - transferred_in + transferred_out + cohort_entrants - deceased is not null' %}

with rooms as (

    select
        school_year,
        district_code,
        room_kind,
        count(*) as due,
        sum(case when status in ('met', 'not_met') then 1 else 0 end) as available,
        sum(case when status = 'met' then 1 else 0 end) as reached
    from {{ ref('int_special_rooms') }}
    group by school_year, district_code, room_kind

),

sizes as (

    select
        school_year,
        district_code,
        count(*) as due,
        count(is_within) as available,
        sum(case when is_within then 1 else 0 end) as reached
    from {{ ref('int_school_sizes') }}
    group by school_year, district_code

),

staff as (

    select
        stages.school_year,
        stages.district_code,
        {% for share, (part, total) in parts.items() -%}
            count({{ part }} + {{ total }}) as {{ share }}_known,
            sum(case when {{ total }} is not null then {{ part }} end) as {{ share }},
            sum(case when {{ part }} is not null then {{ total }} end) as {{ share }}_of,
        {% endfor -%}
        count(*) as due
    from {{ ref('int_school_stages') }} as stages
    left join {{ ref('stg_staffing') }} as staffing
        on
            stages.school_year = staffing.school_year
            and stages.school_code = staffing.school_code
            and stages.stage = staffing.stage
    where {{ is_judged_stage('stages.stage') }} and stages.is_due
    group by stages.school_year, stages.district_code

),

-- every school of the register that has the stage owes the return, whether it came or not
inputs as (

    select
        stages.school_year,
        stages.district_code,
        stages.stage,
        inputs.entrants,
        inputs.nearby_entrants,
        inputs.cohort_entrants,
        inputs.transferred_in,
        inputs.transferred_out,
        inputs.deceased,
        inputs.graduates,
        schools.ownership = 'public'
        and coalesce(schools.is_boarding, false) = false
        and (
            schools.urban_rural_code in ('111', '112', '121', '122', '123')
            or (schools.is_waiting and schools.urban_rural_code is null)
        ) as is_zoned
    from {{ ref('int_school_stages') }} as stages
    inner join {{ ref('int_schools') }} as schools
        on
            stages.school_year = schools.school_year
            and stages.school_code = schools.school_code
    left join {{ ref('stg_compulsory_inputs') }} as inputs
        on
            stages.school_year = inputs.figure_year
            and stages.school_code = inputs.school_code
            and stages.stage = inputs.stage
    where {{ is_judged_stage('stages.stage') }} and (stages.is_due or inputs.school_code is not null)

),

zones as (

    select
        school_year,
        district_code,
        stage,
        count(*) as due,
        count(nearby_entrants + entrants) as available,
        sum(case when entrants is not null then nearby_entrants end) as nearby_entrants,
        sum(case when nearby_entrants is not null then entrants end) as entrants
    from inputs
    where is_zoned
    group by school_year, district_code, stage

),

retention as (

    select
        school_year,
        district_code,
        count(*) as due,
        count(case when {{ is_whole }} then 1 end) as available,
        sum(case when {{ is_whole }} then graduates - transferred_in + transferred_out end) as retained,
        sum(case when {{ is_whole }} then cohort_entrants - deceased end) as begun
    from inputs
    where stage = 'junior_secondary'
    group by school_year, district_code

),

figures as (

    select
        district_code,
        figure_year as school_year,
        {% for code in [
            'teacher_mean_annual_pay_yuan', 'civil_servant_mean_annual_pay_yuan',
            'special_education_funding_yuan_per_student', 'quota_places_planned', 'quota_places_allocated',
            'migrant_children_eligible', 'migrant_children_placed', 'disabled_children_registered',
            'disabled_children_enrolled', 'public_funding_budget_yuan', 'training_funds_yuan', 'public_recognition_rate'
        ] -%}
        max(case when figure_code = '{{ code }}' then figure end) as {{ code }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('stg_district_figures') }}
    group by district_code, figure_year

),

differences as (

    select
        district_code,
        monitoring_year as school_year,
        max(between_school_difference) as largest_difference,
        count(*) as due,
        count(between_school_difference) as available
    from {{ ref('int_monitoring_results') }}
    group by district_code, monitoring_year

),

united as (

    {% for item, relation, stage, numerator, denominator, due, available, second_reading, condition in items -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            '{{ stage }}' as stage,
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator }} as double) as denominator,
            cast({{ due }} as bigint) as due,
            cast({{ available }} as bigint) as available,
            cast({{ second_reading or 'null' }} as double) as second_reading
        from {{ relation }}
        where {{ condition }}
        union all
    {% endfor -%}
    {% for item, stage, numerator, denominator in of_the_district -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            '{{ stage }}' as stage,
            {{ numerator }} as numerator,
            cast({{ denominator }} as double) as denominator,
            cast(1 as bigint) as due,
            cast(1 as bigint) as available,
            cast(null as double) as second_reading
        from figures
        where {{ numerator }} is not null and {{ denominator }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from united
