with spells as (

    select * from {{ ref('int_class_ledger_spells') }}

),

months as (

    select * from {{ ref('int_months') }}

),

plan_begun as (

    select min(begun_on) as begun_on from {{ ref('stg_rectification_tasks') }}

),

final as (

    select
        months.reporting_month,
        months.observed_on as as_of,
        spells.district_code,
        spells.stage,
        cast(
            sum(
                case
                    when spells.state = 'open' and (spells.valid_to is null or spells.valid_to > months.observed_on) then 1
                    else 0
                end
            ) as bigint
        ) as open_classes,
        cast(
            sum(case when spells.state = 'open' and spells.valid_from >= months.month_start then 1 else 0 end) as bigint
        ) as opened_in_month,
        cast(
            sum(case when spells.state = 'closed' and spells.valid_from >= months.month_start then 1 else 0 end) as bigint
        ) as closed_in_month,
        cast(
            sum(case when spells.state = 'closed' and spells.valid_from >= plan_begun.begun_on then 1 else 0 end) as bigint
        ) as closed_since_begin
    from months
    cross join plan_begun
    inner join spells on months.observed_on >= spells.valid_from
    group by months.reporting_month, months.observed_on, spells.district_code, spells.stage

)

select * from final
