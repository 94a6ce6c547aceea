with context as (

    select as_of from {{ ref('stg_build_context') }}

),

-- what had happened by the day that the release is about
hazards as (

    select
        reported.school_code,
        reported.hazard_number,
        reported.found_on,
        reported.inspection_rhythm,
        reported.place_zh,
        reported.hazard_kind,
        reported.hazard_zh,
        reported.hazard_grade,
        reported.measure_zh,
        reported.responsible_person,
        reported.deadline,
        case when reported.fed_back_on <= context.as_of then reported.fed_back_on end as fed_back_on,
        case when reported.repaired_on <= context.as_of then reported.repaired_on end as repaired_on,
        case when reported.checked_on <= context.as_of then reported.checked_on end as checked_on,
        case when reported.checked_on <= context.as_of then reported.check_result end as check_result,
        case when reported.struck_off_on <= context.as_of then reported.struck_off_on end as struck_off_on
    from {{ ref('stg_hazards') }} as reported
    cross join context
    where reported.found_on <= context.as_of

),

-- the same kind of hazard at the same place of a school, found again after it was struck off
earlier as (

    select
        hazards.school_code,
        hazards.hazard_number,
        count(other.hazard_number) as times_before
    from hazards
    inner join hazards as other
        on
            hazards.school_code = other.school_code
            and hazards.hazard_kind = other.hazard_kind
            and hazards.place_zh = other.place_zh
            and hazards.found_on > other.struck_off_on
    group by hazards.school_code, hazards.hazard_number

),

final as (

    select
        schools.district_code,
        hazards.school_code,
        schools.school_name,
        hazards.hazard_number,
        hazards.found_on,
        year(hazards.found_on) as ledger_year,
        hazards.inspection_rhythm,
        hazards.place_zh,
        hazards.hazard_kind,
        hazards.hazard_zh,
        hazards.hazard_grade,
        hazards.fed_back_on,
        hazards.measure_zh,
        hazards.responsible_person,
        hazards.deadline,
        hazards.repaired_on,
        hazards.checked_on,
        hazards.check_result,
        hazards.struck_off_on,
        case
            when hazards.struck_off_on is not null then 'closed'
            when hazards.check_result = 'failed' then 'to_start'
            when hazards.repaired_on is not null then 'to_review'
            when hazards.measure_zh is not null or hazards.fed_back_on is not null then 'in_progress'
            else 'to_start'
        end as state,
        {{ light('hazards.struck_off_on is not null', 'hazards.deadline', 'context.as_of') }} as light,
        coalesce(hazards.struck_off_on, context.as_of) > hazards.deadline as is_overdue,
        {{ days_between('hazards.found_on', 'coalesce(hazards.struck_off_on, context.as_of)') }} as days_open,
        case when hazards.struck_off_on is not null then {{ days_between('hazards.found_on', 'hazards.struck_off_on') }} end
            as loop_days,
        coalesce(hazards.fed_back_on = hazards.found_on, false) as is_fed_back_on_the_spot,
        coalesce(earlier.times_before, 0) > 0 as is_reopened
    from hazards
    cross join context
    inner join {{ ref('int_latest_schools') }} as schools on hazards.school_code = schools.school_code
    left join earlier
        on
            hazards.school_code = earlier.school_code
            and hazards.hazard_number = earlier.hazard_number

)

select * from final
