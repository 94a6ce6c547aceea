with conditions as (

    {{ unpivot_keeping_nulls(
        ref('int_vocational_conditions'),
        ['school_year', 'district_code', 'school_code', 'school_type', 'founded_year'],
        'condition_code',
        [
            'campus_area_m2', 'campus_area_m2_per_student', 'floor_area_m2', 'floor_area_m2_per_student',
            'full_time_teachers', 'students_per_teacher', 'equipment_10k_yuan', 'equipment_yuan_per_student',
            'books_per_student',
        ],
        {'value': '*', 'value_owned_only': 'owned_*'}
    ) }}

),

thresholds as (

    {{ judged_standards('vocational_condition') }}

),

exemptions as (

    {{ judged_standards('exempt_if_founded_from') }}

),

joined as (

    select
        conditions.*,
        thresholds.threshold,
        thresholds.direction,
        coalesce(conditions.founded_year >= exemptions.threshold, false) as is_exempt
    from conditions
    left join thresholds
        on
            conditions.condition_code = thresholds.indicator_code
            and conditions.school_type = thresholds.school_kind
            and {{ in_force('thresholds', 'conditions.school_year') }}
    left join exemptions
        on {{ in_force('exemptions', 'conditions.school_year') }}

),

final as (

    select
        school_year,
        district_code,
        school_code,
        condition_code,
        value,
        value_owned_only,
        threshold,
        direction,
        case
            when is_exempt or threshold is null then 'not_applicable'
            when value is null then 'not_available'
            when {{ is_reached('value', 'threshold', 'direction') }} then 'met'
            else 'not_met'
        end as status,
        case
            when is_exempt or threshold is null then 'not_applicable'
            when value_owned_only is null then 'not_available'
            when {{ is_reached('value_owned_only', 'threshold', 'direction') }} then 'met'
            else 'not_met'
        end as status_owned_only
    from joined

)

select * from final
