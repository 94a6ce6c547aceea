-- what schools of the register in force on the month's last day reported
with duties as (

    select
        registers.district_code,
        reported.reporting_month,
        reported.duty,
        reported.due,
        reported.done
    from {{ ref('stg_safety_duties') }} as reported
    inner join {{ ref('int_registers') }} as registers
        on
            reported.school_code = registers.school_code
            and registers.school_year = {{ school_year_of(month_start('reported.reporting_month')) }}

),

-- what is done beyond its due at one school doesn't make up for another
reported as (

    select
        district_code,
        reporting_month,
        duty,
        count(*) as schools,
        sum(case when done >= due then 1 else 0 end) as schools_complete,
        sum(due) as due,
        sum(done) as done,
        sum({{ smaller_of('done', 'due') }}) as done_of_due
    from duties
    group by district_code, reporting_month, duty

),

owed as (

    select
        district_code,
        reporting_month,
        duty,
        due_on,
        max(case when is_past_due then 1 else 0 end) as is_past_due,
        count(*) as schools_due,
        sum(case when is_reported then 1 else 0 end) as schools_reported,
        sum(case when is_complete then 1 else 0 end) as schools_complete
    from {{ ref('int_safety_duty_returns') }}
    group by district_code, reporting_month, duty, due_on

),

-- a month counts once its returns are due, or its checks are all in
months as (

    select
        owed.district_code,
        owed.reporting_month,
        max(owed.is_past_due) = 1
        or min(case when kinds.is_check and owed.schools_reported < owed.schools_due then 0 else 1 end) = 1 as is_counted
    from owed
    inner join {{ ref('safety_duty_kinds') }} as kinds on owed.duty = kinds.duty
    group by owed.district_code, owed.reporting_month

),

named as (

    select
        district_code,
        reporting_month,
        duty
    from reported
    union
    select
        district_code,
        reporting_month,
        duty
    from owed

),

final as (

    select
        named.district_code,
        named.reporting_month,
        named.duty,
        coalesce(kinds.owed_by, 'school') as owed_by,
        coalesce(kinds.is_check, false) as is_check,
        owed.due_on,
        cast(owed.schools_due as bigint) as schools_due,
        cast(owed.schools_reported as bigint) as schools_reported,
        cast(coalesce(reported.schools, 0) as bigint) as schools,
        cast(coalesce(owed.schools_complete, reported.schools_complete) as bigint) as schools_complete,
        cast(reported.due as bigint) as due,
        cast(reported.done as bigint) as done,
        cast(reported.done_of_due as bigint) as done_of_due,
        case
            when owed.schools_due is null then null
            when owed.schools_reported = owed.schools_due then 'received'
            when owed.is_past_due = 1 and owed.schools_reported > 0 then 'partly_received'
            when owed.is_past_due = 1 then 'missing'
            else 'not_yet_due'
        end as returns_status,
        -- while returns may still come in time, nobody knows what the schools have done
        case
            when owed.is_past_due = 1 or owed.schools_reported = owed.schools_due
                then cast(owed.schools_complete as double) / nullif(owed.schools_due, 0)
        end as done_share,
        cast(reported.done_of_due as double) / nullif(reported.due, 0) as done_share_of_reports
    from named
    left join reported
        on
            named.district_code = reported.district_code
            and named.reporting_month = reported.reporting_month
            and named.duty = reported.duty
    left join owed
        on
            named.district_code = owed.district_code
            and named.reporting_month = owed.reporting_month
            and named.duty = owed.duty
    left join {{ ref('safety_duty_kinds') }} as kinds on named.duty = kinds.duty
    left join months
        on
            named.district_code = months.district_code
            and named.reporting_month = months.reporting_month
    where coalesce(months.is_counted, true)

)

select * from final
