with hazards as (

    select * from {{ ref('int_hazards') }}

),

kinds as (

    select
        *,
        hazard_kind as kind
    from hazards
    union all
    select
        *,
        'all' as kind
    from hazards

),

counted as (

    select
        district_code,
        school_code,
        school_name,
        ledger_year,
        kind as hazard_kind,
        count(*) as found,
        sum(case when struck_off_on is not null then 1 else 0 end) as struck_off,
        sum(case when struck_off_on is null then 1 else 0 end) as open_hazards,
        sum(case when struck_off_on is null and is_overdue then 1 else 0 end) as overdue_hazards,
        sum(case when struck_off_on is not null and is_overdue then 1 else 0 end) as struck_off_late,
        sum(case when is_reopened then 1 else 0 end) as reopened_hazards,
        sum(case when is_fed_back_on_the_spot then 1 else 0 end) as fed_back_on_the_spot,
        avg(cast(loop_days as double)) as mean_loop_days
    from kinds
    group by district_code, school_code, school_name, ledger_year, kind

),

final as (

    select
        district_code,
        school_code,
        school_name,
        ledger_year,
        hazard_kind,
        found,
        cast(struck_off as bigint) as struck_off,
        cast(open_hazards as bigint) as open_hazards,
        cast(overdue_hazards as bigint) as overdue_hazards,
        cast(struck_off_late as bigint) as struck_off_late,
        cast(reopened_hazards as bigint) as reopened_hazards,
        cast(fed_back_on_the_spot as bigint) as fed_back_on_the_spot,
        mean_loop_days
    from counted

)

select * from final
