{#
  What a school lacks: of each kind of thing the condition that lacks most, since meeting it meets the other. A condition
  without a figure makes the gap of its kind missing.
#}
{% set kinds = {
    'campus_gap': ['campus_area_m2', 'campus_area_m2_per_student'],
    'floor_gap': ['floor_area_m2', 'floor_area_m2_per_student'],
    'teachers_gap': ['full_time_teachers', 'students_per_teacher'],
    'equipment_gap': ['equipment_10k_yuan', 'equipment_yuan_per_student'],
    'books_gap': ['books_per_student'],
} %}

with verdicts as (

    select
        verdicts.*,
        conditions.students
    from {{ ref('int_vocational_verdicts') }} as verdicts
    inner join {{ ref('int_vocational_conditions') }} as conditions
        on
            verdicts.school_year = conditions.school_year
            and verdicts.school_code = conditions.school_code

),

-- in whole things: ㎡, teachers, yuan, books
lacking as (

    select
        *,
    {% for suffix in ('', '_owned_only') -%}
        case
            when status{{ suffix }} = 'met' then 0
            when status{{ suffix }} = 'not_met'
                then
                    case
                        when condition_code = 'students_per_teacher'
                            then ceil(students / threshold - students / nullif(value{{ suffix }}, 0) - 1e-9)
                        when condition_code = 'equipment_10k_yuan' then (threshold - value{{ suffix }}) * 10000
                        when
                            condition_code in (
                                'campus_area_m2_per_student', 'floor_area_m2_per_student',
                                'equipment_yuan_per_student', 'books_per_student'
                            )
                            then (threshold - value{{ suffix }}) * students
                        else threshold - value{{ suffix }}
                    end
        end as gap{{ suffix }}{{ "," if not loop.last }}
    {% endfor %}
    from verdicts
    where status <> 'not_applicable'

),

counted as (

    select
        school_year,
        district_code,
        school_code,
        max(students) as students,
        count(*) as conditions_judged,
        count(case when status <> 'not_available' then 1 end) as conditions_available,
        count(case when status = 'not_met' then 1 end) as conditions_missed,
        count(case when status_owned_only = 'not_met' then 1 end) as conditions_missed_owned_only,
        count(case when status_owned_only = 'not_available' then 1 end) as conditions_unknown_owned_only,
    {% for kind, codes in kinds.items() -%}
    {% for suffix in ('', '_owned_only') -%}
        case
            when
                count(
                    case
                        when condition_code in ('{{ codes | join("', '") }}') and gap{{ suffix }} is null then 1
                    end
                ) = 0
                then
                    round(
                        max(case when condition_code in ('{{ codes | join("', '") }}') then gap{{ suffix }} end), 2
                    )
        end as {{ kind }}{{ suffix }}{{ "," if not loop.last }}
    {% endfor -%}
        {{ "," if not loop.last }}
    {% endfor %}
    from lacking
    group by school_year, district_code, school_code

),

final as (

    select
        school_year,
        district_code,
        school_code,
        cast(students as bigint) as students,
        conditions_judged,
        conditions_available,
        conditions_missed,
        conditions_missed_owned_only,
        campus_gap as campus_gap_m2,
        campus_gap_owned_only as campus_gap_owned_only_m2,
        floor_gap as floor_gap_m2,
        floor_gap_owned_only as floor_gap_owned_only_m2,
        teachers_gap,
        equipment_gap as equipment_gap_yuan,
        books_gap,
        case
            when conditions_missed > 0 then 'not_met'
            when conditions_available < conditions_judged then 'not_available'
            else 'met'
        end as status,
        case
            when conditions_missed_owned_only > 0 then 'not_met'
            when conditions_unknown_owned_only > 0 then 'not_available'
            else 'met'
        end as status_owned_only
    from counted

)

select * from final
