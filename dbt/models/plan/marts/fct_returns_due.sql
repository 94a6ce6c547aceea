with context as (

    select as_of from {{ ref('stg_build_context') }}

),

periods as (

    select * from {{ ref('int_due_periods') }}

),

due_types as (

    select distinct
        due_stages.feed,
        school_types.school_type
    from {{ ref('stg_feed_due_stages') }} as due_stages
    inner join {{ ref('school_type_stages') }} as school_types on due_stages.stage = school_types.stage

),

feeds_by_type as (

    select distinct feed from due_types

),

-- schools of the register in force; a ledger that names no stages is owed by every school
schools as (

    select
        periods.district_code,
        periods.feed,
        periods.period,
        periods.cycle,
        periods.scope,
        periods.owed_by,
        periods.school_year,
        periods.reporting_month,
        periods.due_on,
        registers.school_code,
        registers.school_name,
        registers.town,
        registers.register_school_year,
        registers.is_carried_on
    from periods
    inner join {{ ref('int_registers') }} as registers
        on
            periods.district_code = registers.district_code
            and periods.school_year = registers.school_year
    left join feeds_by_type on periods.feed = feeds_by_type.feed
    left join due_types on periods.feed = due_types.feed and registers.school_type = due_types.school_type
    where
        periods.owed_by = 'school'
        and (due_types.feed is not null or (feeds_by_type.feed is null and periods.scope = 'ledger'))

),

-- what came, by school: a return is there when every stage that owes it is
by_year as (

    select
        school_year,
        school_code,
        feed,
        min(case when received or is_nil or quarantined_rows > 0 then 1 else 0 end) = 1 as is_received,
        max(case when received or quarantined_rows > 0 then 1 else 0 end) = 0 as is_nil,
        max(case when quarantined_rows > 0 then 1 else 0 end) = 1 as has_problems
    from {{ ref('int_school_feeds') }}
    where due
    group by school_year, school_code, feed

),

received_periods as (

    {{ periods_of('stg_received_periods', 'figure_year') }}

),

nil_periods as (

    {{ periods_of('stg_nil_returns', 'school_year') }}

),

school_ledgers as (

    select distinct
        feed,
        school_code,
        period
    from received_periods
    where school_code is not null

),

school_nils as (

    select distinct
        feed,
        school_code,
        period
    from nil_periods
    where school_code is not null

),

district_ledgers as (

    select distinct
        feed,
        district_code,
        period
    from received_periods
    where school_code is null

),

district_nils as (

    select distinct
        feed,
        district_code,
        period
    from nil_periods
    where school_code is null

),

-- a school that reports some of its safety duties has sent a return with gaps
duties as (

    select
        school_code,
        reporting_month,
        min(case when is_reported then 1 else 0 end) = 0 as has_gaps
    from {{ ref('int_safety_duty_returns') }}
    where is_check
    group by school_code, reporting_month

),

of_schools as (

    select
        schools.*,
        case
            when schools.scope = 'ledger' then school_ledgers.feed is not null
            else coalesce(by_year.is_received and not by_year.is_nil, false)
        end as is_received,
        school_nils.feed is not null as is_nil,
        schools.feed <> 'safety_duties' and coalesce(by_year.is_received and by_year.has_problems, false) as has_problems,
        schools.feed = 'safety_duties' and coalesce(duties.has_gaps, false) as has_gaps
    from schools
    left join by_year
        on
            schools.school_year = by_year.school_year
            and schools.school_code = by_year.school_code
            and schools.feed = by_year.feed
    left join school_ledgers
        on
            schools.feed = school_ledgers.feed
            and schools.school_code = school_ledgers.school_code
            and schools.period = school_ledgers.period
    left join school_nils
        on
            schools.feed = school_nils.feed
            and schools.school_code = school_nils.school_code
            and schools.period = school_nils.period
    left join duties
        on
            schools.school_code = duties.school_code
            and schools.reporting_month = duties.reporting_month

),

progress as (

    select
        district_code,
        reporting_month,
        sum(case when is_due then 1 else 0 end) as due,
        sum(case when is_due and is_received then 1 else 0 end) as received
    from {{ ref('int_progress_returns') }}
    group by district_code, reporting_month

),

of_districts as (

    select
        periods.*,
        district_ledgers.feed is not null as is_received,
        district_nils.feed is not null as is_nil,
        false as has_problems,
        periods.feed = 'rectification_progress' and coalesce(progress.received < progress.due, false) as has_gaps
    from periods
    left join district_ledgers
        on
            periods.feed = district_ledgers.feed
            and periods.district_code = district_ledgers.district_code
            and periods.period = district_ledgers.period
    left join district_nils
        on
            periods.feed = district_nils.feed
            and periods.district_code = district_nils.district_code
            and periods.period = district_nils.period
    left join progress
        on
            periods.district_code = progress.district_code
            and periods.reporting_month = progress.reporting_month
    where
        periods.owed_by = 'district'
        and (periods.feed <> 'rectification_progress' or progress.due > 0)

),

united as (

    select
        district_code,
        feed,
        cycle,
        period,
        owed_by,
        school_code,
        school_name,
        town,
        due_on,
        is_received,
        is_nil,
        has_problems,
        has_gaps,
        register_school_year,
        is_carried_on
    from of_schools
    union all
    select
        district_code,
        feed,
        cycle,
        period,
        owed_by,
        cast(null as string) as school_code,
        cast(null as string) as school_name,
        cast(null as string) as town,
        due_on,
        is_received,
        is_nil,
        has_problems,
        has_gaps,
        cast(null as integer) as register_school_year,
        false as is_carried_on
    from of_districts

),

final as (

    select
        united.district_code,
        united.feed,
        united.cycle,
        united.period,
        united.owed_by,
        united.school_code,
        united.school_name,
        united.town,
        united.due_on,
        case
            -- the rest may still come in time
            when united.is_received and united.has_gaps and context.as_of <= united.due_on then 'not_yet_due'
            when united.is_received and (united.has_problems or united.has_gaps) then 'with_problems'
            when united.is_received then 'received'
            when united.is_nil then 'nil'
            when context.as_of <= united.due_on then 'not_yet_due'
            else 'missing'
        end as status,
        case
            when not united.is_received and not united.is_nil and context.as_of > united.due_on
                then {{ days_between('united.due_on', 'context.as_of') }}
        end as days_late,
        united.register_school_year,
        united.is_carried_on
    from united
    cross join context

)

select * from final
