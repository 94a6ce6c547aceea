-- One row per year, district and item that figures can prove, before its standard.
with rooms as (

    select
        school_year,
        district_code,
        room_kind,
        count(*) as due,
        sum(case when is_reported and rooms_without_area = 0 and rooms_needed is not null then 1 else 0 end) as available,
        sum(case when is_reported and rooms_large_enough >= rooms_needed then 1 else 0 end) as reached
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

classes as (

    select
        school_year,
        district_code,
        sum(classes + rows_without_size) as due,
        sum(classes) as available,
        sum(classes - classes_over_standard) as reached
    from {{ ref('int_district_class_sizes') }}
    where stage in ('primary', 'junior_secondary')
    group by school_year, district_code

),

staff as (

    select
        stages.school_year,
        stages.district_code,
        count(*) as due,
        count(staffing.full_time_teachers) as staffed,
        count(staffing.trained_360_hours_teachers) as trained_known,
        count(staffing.certified_teachers) as certified_known,
        count(staffing.rotated_teachers) as rotated_known,
        sum(staffing.full_time_teachers) as teachers,
        sum(staffing.trained_360_hours_teachers) as trained,
        sum(staffing.certified_teachers) as certified,
        sum(staffing.rotation_eligible_teachers) as eligible,
        sum(staffing.rotated_teachers) as rotated,
        sum(staffing.rotated_backbone_teachers) as rotated_backbone
    from {{ ref('int_school_stages') }} as stages
    left join {{ ref('stg_staffing') }} as staffing
        on
            stages.school_year = staffing.school_year
            and stages.school_code = staffing.school_code
            and stages.stage = staffing.stage
    where stages.stage in ('primary', 'junior_secondary') and stages.is_due
    group by stages.school_year, stages.district_code

),

inputs as (

    select
        schools.school_year,
        schools.district_code,
        inputs.*,
        schools.ownership = 'public'
        and coalesce(schools.is_boarding, false) = false
        and schools.urban_rural_code in ('111', '112', '121', '122', '123') as is_zoned
    from {{ ref('stg_compulsory_inputs') }} as inputs
    inner join {{ ref('int_schools') }} as schools
        on
            inputs.figure_year = schools.school_year
            and inputs.school_code = schools.school_code

),

zones as (

    select
        school_year,
        district_code,
        stage,
        count(*) as due,
        count(nearby_entrants) as available,
        sum(nearby_entrants) as nearby_entrants,
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
        count(graduates - transferred_in + transferred_out + cohort_entrants - deceased) as available,
        {{ sum_if_complete('graduates - transferred_in + transferred_out') }} as retained,
        {{ sum_if_complete('cohort_entrants - deceased') }} as begun
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

    {% for item, kind in [('music_rooms', 'music'), ('art_rooms', 'art')] -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            'all' as stage,
            cast(reached as double) as numerator,
            cast(due as double) as denominator,
            due,
            available,
            cast(null as double) as second_reading
        from rooms
        where room_kind = '{{ kind }}' and available > 0
        union all
    {% endfor -%}
    select
        school_year,
        district_code,
        'school_size' as item_code,
        'all' as stage,
        cast(reached as double) as numerator,
        cast(available as double) as denominator,
        due,
        available,
        cast(null as double) as second_reading
    from sizes
    union all
    select
        school_year,
        district_code,
        'class_size' as item_code,
        'all' as stage,
        cast(reached as double) as numerator,
        cast(available as double) as denominator,
        cast(due as bigint) as due,
        cast(available as bigint) as available,
        cast(null as double) as second_reading
    from classes
    union all
    {% for item, column, known in [
        ('trained_360_hours', 'trained', 'trained_known'), ('certified_teachers', 'certified', 'certified_known')
    ] -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            'all' as stage,
            cast({{ column }} as double) as numerator,
            cast(teachers as double) as denominator,
            due,
            {{ known }} as available,
            cast(null as double) as second_reading
        from staff
        union all
    {% endfor -%}
    select
        school_year,
        district_code,
        'rotated_teachers' as item_code,
        'all' as stage,
        cast(rotated as double) as numerator,
        cast(eligible as double) as denominator,
        due,
        rotated_known as available,
        cast(null as double) as second_reading
    from staff
    union all
    select
        school_year,
        district_code,
        'rotated_backbone' as item_code,
        'all' as stage,
        cast(rotated_backbone as double) as numerator,
        cast(rotated as double) as denominator,
        due,
        rotated_known as available,
        rotated_backbone / nullif(cast(eligible as double), 0) as second_reading
    from staff
    union all
    {% for item, zone_stage in [('nearby_enrolment_primary', 'primary'), ('nearby_enrolment_junior', 'junior_secondary')] -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            '{{ zone_stage }}' as stage,
            cast(nearby_entrants as double) as numerator,
            cast(entrants as double) as denominator,
            due,
            available,
            cast(null as double) as second_reading
        from zones
        where stage = '{{ zone_stage }}'
        union all
    {% endfor -%}
    select
        school_year,
        district_code,
        'retention' as item_code,
        'junior_secondary' as stage,
        retained as numerator,
        begun as denominator,
        due,
        available,
        cast(null as double) as second_reading
    from retention
    union all
    {% for item, numerator, denominator in [
        ('teacher_pay', 'teacher_mean_annual_pay_yuan', 'civil_servant_mean_annual_pay_yuan'),
        ('special_education_funding', 'special_education_funding_yuan_per_student', '1'),
        ('quota_allocation', 'quota_places_allocated', 'quota_places_planned'),
        ('migrant_children', 'migrant_children_placed', 'migrant_children_eligible'),
        ('disabled_children', 'disabled_children_enrolled', 'disabled_children_registered'),
        ('training_budget', 'training_funds_yuan', 'public_funding_budget_yuan'),
        ('public_recognition', 'public_recognition_rate', '1')
    ] -%}
        select
            school_year,
            district_code,
            '{{ item }}' as item_code,
            '{{ 'junior_secondary' if item == 'quota_allocation' else 'all' }}' as stage,
            {{ numerator }} as numerator,
            cast({{ denominator }} as double) as denominator,
            cast(1 as bigint) as due,
            cast(1 as bigint) as available,
            cast(null as double) as second_reading
        from figures
        where {{ numerator }} is not null and {{ denominator }} is not null
        union all
    {% endfor -%}
    select
        school_year,
        district_code,
        'between_school_difference' as item_code,
        'all' as stage,
        largest_difference as numerator,
        cast(1 as double) as denominator,
        due,
        available,
        cast(null as double) as second_reading
    from differences

)

select * from united
