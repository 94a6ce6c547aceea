-- One row per district, feed and period of which a return is due, or will be: the calendar, without who owes it.
with feeds as (

    select * from {{ ref('stg_feeds') }}
    where cycle is not null

),

registers as (

    select
        district_code,
        min(school_year) as first_year
    from {{ ref('int_registers') }}
    group by district_code

),

plans as (

    select
        district_code,
        min(begun_on) as begun_on
    from {{ ref('stg_rectification_tasks') }}
    group by district_code

),

-- every return of a year speaks of its first of September, or of the last day of the calendar year
yearly as (

    select
        registers.district_code,
        years.school_year,
        feeds.feed,
        feeds.cycle,
        feeds.owed_by,
        feeds.scope,
        feeds.is_optional,
        feeds.due_within_days,
        case
            when feeds.observed_on = 'fiscal_year_end' then make_date(years.school_year, 12, 31)
            else years.opens_on
        end as observed_on
    from registers
    inner join {{ ref('int_school_years') }} as years on registers.first_year <= years.school_year
    inner join feeds on feeds.cycle = 'yearly'

),

-- the plan's own ledgers are due from its first day on, in districts that have a plan
yearly_due as (

    select
        yearly.*,
        {{ days_after('yearly.observed_on', 'yearly.due_within_days') }} as due_on
    from yearly
    left join plans on yearly.district_code = plans.district_code
    where
        not yearly.is_optional
        or (
            yearly.scope = 'ledger'
            and {{ days_after('yearly.observed_on', 'yearly.due_within_days') }} >= plans.begun_on
        )

),

-- a term is named by its first month
terms as (

    select
        district_code,
        begins_on
    from (
        select
            district_code,
            {{ term_start('month_end') }} as begins_on
        from {{ ref('int_plan_months') }}
    ) as months
    group by district_code, begins_on

),

united as (

    select
        yearly_due.district_code,
        yearly_due.feed,
        yearly_due.cycle,
        yearly_due.owed_by,
        yearly_due.scope,
        cast(yearly_due.school_year as string) as period,
        yearly_due.school_year,
        cast(null as string) as reporting_month,
        yearly_due.observed_on,
        yearly_due.due_on
    from yearly_due
    cross join {{ ref('stg_build_context') }} as context
    where yearly_due.observed_on <= context.as_of
    union all
    select
        months.district_code,
        feeds.feed,
        feeds.cycle,
        feeds.owed_by,
        feeds.scope,
        months.reporting_month as period,
        months.school_year,
        months.reporting_month,
        months.month_end as observed_on,
        {{ days_after('months.month_end', 'feeds.due_within_days') }} as due_on
    from {{ ref('int_plan_months') }} as months
    inner join feeds on feeds.cycle = 'monthly'
    union all
    select
        terms.district_code,
        feeds.feed,
        feeds.cycle,
        feeds.owed_by,
        feeds.scope,
        {{ month_text('terms.begins_on') }} as period,
        cast({{ school_year_of('terms.begins_on') }} as integer) as school_year,
        cast(null as string) as reporting_month,
        terms.begins_on as observed_on,
        {{ days_after('terms.begins_on', 'feeds.due_within_days') }} as due_on
    from terms
    inner join feeds on feeds.cycle = 'term'
    inner join plans
        on
            terms.district_code = plans.district_code
            and {{ days_after('terms.begins_on', 'feeds.due_within_days') }} >= plans.begun_on

),

-- a feed is due from its first school year on
final as (

    select united.*
    from united
    inner join feeds on united.feed = feeds.feed
    where {{ is_asked_for_in('united.school_year') }}

)

select * from final
