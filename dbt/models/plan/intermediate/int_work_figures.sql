with works as (

    select * from {{ ref('stg_work_figures') }}

),

kinds as (

    select * from {{ ref('work_kinds') }}

),

final as (

    select
        works.district_code,
        works.reporting_month,
        kinds.item_number,
        works.work_code,
        kinds.name_zh as work_zh,
        kinds.unit_zh,
        works.planned,
        works.done,
        sum(works.planned) over (
            partition by works.district_code, works.work_code, substr(works.reporting_month, 1, 4)
            order by works.reporting_month
        ) as planned_in_year,
        sum(works.done) over (
            partition by works.district_code, works.work_code, substr(works.reporting_month, 1, 4)
            order by works.reporting_month
        ) as done_in_year
    from works
    inner join kinds on works.work_code = kinds.work_code

)

select * from final
