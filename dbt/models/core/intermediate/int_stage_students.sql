{{ config(materialized='view') }}

with stages as (

    select * from {{ ref('int_school_stages') }}

),

combined as (

    select
        stages.school_year,
        stages.district_code,
        stages.school_code,
        stages.unit_school_code,
        stages.stage,
        stages.is_due,
        enrolment.school_code is not null as has_enrolment_row,
        enrolment.students as enrolled_students,
        totals.school_code is not null as has_class_rows,
        totals.students as class_students,
        totals.class_rows_without_students,
        coalesce(quarantined_enrolment.quarantined_rows, 0) as quarantined_enrolment_rows,
        coalesce(quarantined_classes.quarantined_rows, 0) as quarantined_class_rows,
        case
            when enrolment.classes is not null then enrolment.classes
            when coalesce(quarantined_classes.quarantined_rows, 0) = 0 then totals.classes
        end as classes
    from stages
    left join {{ ref('stg_enrolment') }} as enrolment
        on
            stages.school_year = enrolment.school_year
            and stages.school_code = enrolment.school_code
            and stages.stage = enrolment.stage
    left join {{ ref('int_class_totals') }} as totals
        on
            stages.school_year = totals.school_year
            and stages.school_code = totals.school_code
            and stages.stage = totals.stage
    left join {{ ref('int_quarantined') }} as quarantined_enrolment
        on
            stages.school_year = quarantined_enrolment.school_year
            and stages.school_code = quarantined_enrolment.school_code
            and stages.stage = quarantined_enrolment.stage
            and quarantined_enrolment.feed = 'enrolment'
    left join {{ ref('int_quarantined') }} as quarantined_classes
        on
            stages.school_year = quarantined_classes.school_year
            and stages.school_code = quarantined_classes.school_code
            and stages.stage = quarantined_classes.stage
            and quarantined_classes.feed = 'class_sizes'

),

-- a row of 在校生数 that is blank or quarantined makes the students missing: falling back to the
-- classes could turn a spoilt cell into a better verdict
final as (

    select
        school_year,
        district_code,
        school_code,
        unit_school_code,
        stage,
        is_due,
        classes,
        case
            when has_enrolment_row then enrolled_students
            when quarantined_enrolment_rows > 0 then null
            when has_class_rows and class_rows_without_students = 0 and quarantined_class_rows = 0
                then class_students
        end as students,
        case
            when has_enrolment_row and enrolled_students is not null then null
            when quarantined_enrolment_rows > 0 then 'quarantined'
            when has_enrolment_row then 'blank'
            when quarantined_class_rows > 0 then 'quarantined'
            when not has_class_rows then 'not_received'
            when class_rows_without_students > 0 then 'blank'
        end as students_missing_reason
    from combined

)

select * from final
