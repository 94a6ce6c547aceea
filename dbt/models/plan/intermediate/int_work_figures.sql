-- One row per kind of work that the district's plan asks for, or that it reports, and month, reported or not: what the year has brought so far doesn't end with a month
-- without a return.
with works as (

    select * from {{ ref('stg_work_figures') }}

),

kinds as (

    select * from {{ ref('work_kinds') }}

),

months as (

    select
        district_code,
        reporting_month
    from {{ ref('int_plan_months') }}
    union
    select
        district_code,
        reporting_month
    from works

),

-- the kinds are those of one plan: another district's items have other numbers
kinds_of_districts as (

    select
        measures.district_code,
        kinds.work_code
    from {{ ref('stg_rectification_tasks') }} as measures
    inner join kinds on measures.item_number = kinds.item_number
    union
    select
        district_code,
        work_code
    from works

),

dated as (

    select
        months.district_code,
        months.reporting_month,
        kinds.item_number,
        kinds.work_code,
        kinds.name_zh as work_zh,
        kinds.unit_zh,
        works.planned,
        works.done,
        works.work_code is not null as is_reported,
        case when works.work_code is not null then months.reporting_month end as reported_month
    from months
    inner join kinds_of_districts as own on months.district_code = own.district_code
    inner join kinds on own.work_code = kinds.work_code
    left join works
        on
            months.district_code = works.district_code
            and months.reporting_month = works.reporting_month
            and kinds.work_code = works.work_code

),

final as (

    select
        district_code,
        reporting_month,
        item_number,
        work_code,
        work_zh,
        unit_zh,
        planned,
        done,
        is_reported,
        sum(planned) over (
            partition by district_code, work_code, substr(reporting_month, 1, 4)
            order by reporting_month nulls last
        ) as planned_in_year,
        sum(done) over (
            partition by district_code, work_code, substr(reporting_month, 1, 4)
            order by reporting_month nulls last
        ) as done_in_year,
        max(reported_month) over (
            partition by district_code, work_code, substr(reporting_month, 1, 4)
            order by reporting_month nulls last
        ) as last_reported_month
    from dated

)

select * from final
