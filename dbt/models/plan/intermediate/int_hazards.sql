with context as (

    select as_of from {{ ref('stg_build_context') }}

),

successors as (

    select * from {{ ref('int_school_successors') }}

),

later_codes as (

    select
        school_code,
        later_school_code,
        true as is_renamed
    from {{ ref('int_later_codes') }}
    union all
    select
        school_code,
        master_school_code as later_school_code,
        false as is_renamed
    from successors
    where master_school_code is not null
    union all
    select
        successors.school_code,
        codes.later_school_code,
        false as is_renamed
    from successors
    inner join {{ ref('int_later_codes') }} as codes on successors.master_school_code = codes.school_code

),

-- A school that goes on under another code sends its ledger again under that code. After a merger the numbers of both
-- schools may be the same: there the place and the kind have to agree, too.
sent_again as (

    select distinct
        former.school_code,
        former.hazard_number
    from {{ ref('stg_hazards') }} as former
    inner join later_codes on former.school_code = later_codes.school_code
    inner join {{ ref('stg_hazards') }} as later
        on
            later_codes.later_school_code = later.school_code
            and former.hazard_number = later.hazard_number
            and former.found_on = later.found_on
            and (
                later_codes.is_renamed
                or (former.hazard_kind = later.hazard_kind and former.place_zh = later.place_zh)
            )

),

hazards as (

    select hazard_rows.*
    from {{ ref('stg_hazards') }} as hazard_rows
    left join sent_again
        on
            hazard_rows.school_code = sent_again.school_code
            and hazard_rows.hazard_number = sent_again.hazard_number
    where sent_again.school_code is null

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
        cast(year(hazards.found_on) as bigint) as ledger_year,
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
