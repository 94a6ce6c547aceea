-- What is open moves over to the next year's ledger.
with hazards as (

    select * from {{ ref('int_hazards') }}

),

months as (

    select * from {{ ref('int_months') }}

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
        kinds.district_code,
        months.reporting_month,
        kinds.kind as hazard_kind,
        sum(case when kinds.found_on >= months.month_start then 1 else 0 end) as found,
        sum(
            case
                when kinds.struck_off_on >= months.month_start and kinds.struck_off_on <= months.observed_on then 1
                else 0
            end
        ) as struck_off,
        sum(case when kinds.struck_off_on is null or kinds.struck_off_on > months.observed_on then 1 else 0 end)
            as open_hazards,
        sum(
            case
                when
                    (kinds.struck_off_on is null or kinds.struck_off_on > months.observed_on)
                    and kinds.deadline < months.observed_on
                    then 1
                else 0
            end
        ) as overdue_hazards,
        sum(case when kinds.is_reopened and kinds.found_on >= months.month_start then 1 else 0 end) as reopened_hazards,
        sum(
            case
                when
                    (kinds.struck_off_on is null or kinds.struck_off_on > months.observed_on)
                    and year(kinds.found_on) < year(months.month_start)
                    then 1
                else 0
            end
        ) as carried_over_hazards,
        avg(
            case
                when kinds.struck_off_on >= months.month_start and kinds.struck_off_on <= months.observed_on
                    then cast(kinds.loop_days as double)
            end
        ) as mean_loop_days
    from months
    inner join kinds
        on
            months.district_code = kinds.district_code
            and months.observed_on >= kinds.found_on
    group by kinds.district_code, months.reporting_month, kinds.kind

),

final as (

    select
        district_code,
        reporting_month,
        hazard_kind,
        cast(found as bigint) as found,
        cast(struck_off as bigint) as struck_off,
        cast(open_hazards as bigint) as open_hazards,
        cast(overdue_hazards as bigint) as overdue_hazards,
        cast(reopened_hazards as bigint) as reopened_hazards,
        cast(carried_over_hazards as bigint) as carried_over_hazards,
        mean_loop_days
    from counted

)

select * from final
