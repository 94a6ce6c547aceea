-- One row per month, school and duty that every school owes: what it reported, if it did.
with feeds as (

    select due_within_days from {{ ref('stg_feeds') }}
    where feed = 'safety_duties'

),

context as (

    select as_of from {{ ref('stg_build_context') }}

),

months as (

    select
        months.*,
        {{ days_after('months.month_end', 'feeds.due_within_days') }} as due_on
    from {{ ref('int_plan_months') }} as months
    cross join feeds

),

owed as (

    select
        months.district_code,
        months.reporting_month,
        months.due_on,
        registers.school_code,
        registers.school_name,
        registers.town,
        registers.register_school_year,
        kinds.duty,
        kinds.is_check,
        kinds.vacation_months,
        kinds.least_due_share_of_days,
        kinds.least_due
    from months
    inner join {{ ref('int_registers') }} as registers
        on
            months.district_code = registers.district_code
            and months.school_year = registers.school_year
    cross join {{ ref('safety_duty_kinds') }} as kinds
    where kinds.owed_by = 'school'

),

-- a school that says that it has nothing to report has returned every duty, and has done none of them
nil_returns as (

    select distinct
        school_code,
        reporting_month
    from {{ ref('stg_nil_returns') }}
    where feed = 'safety_duties' and school_code is not null

),

final as (

    select
        owed.district_code,
        owed.reporting_month,
        owed.due_on,
        owed.school_code,
        owed.school_name,
        owed.town,
        owed.register_school_year,
        owed.duty,
        owed.is_check,
        reported.due,
        reported.done,
        reported.school_code is not null as has_row,
        nil_returns.school_code is not null as is_nil,
        reported.school_code is not null or nil_returns.school_code is not null as is_reported,
        coalesce(
            reported.done >= reported.due
            and {{ is_due_often_enough('owed', 'reported.due', month_start('owed.reporting_month')) }},
            false
        ) as is_complete,
        context.as_of > owed.due_on as is_past_due
    from owed
    cross join context
    left join {{ ref('stg_safety_duties') }} as reported
        on
            owed.school_code = reported.school_code
            and owed.reporting_month = reported.reporting_month
            and owed.duty = reported.duty
    left join nil_returns
        on
            owed.school_code = nil_returns.school_code
            and owed.reporting_month = nil_returns.reporting_month

)

select * from final
