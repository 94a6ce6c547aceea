-- who leads the measures of an item, as the plan said in each month
with led as (

    select
        months.reporting_month,
        versions.district_code,
        versions.item_number,
        versions.lead_department,
        min(versions.measure_number) as first_measure
    from {{ ref('int_months') }} as months
    inner join {{ ref('int_task_versions') }} as versions
        on
            months.district_code = versions.district_code
            and {{ held_on('versions', 'months.observed_on') }}
    where versions.lead_department is not null
    group by months.reporting_month, versions.district_code, versions.item_number, versions.lead_department

)

select
    reporting_month,
    district_code,
    item_number,
    {{ names_in_order('lead_department', ['first_measure', 'lead_department']) }} as lead_department,
    count(*) as lead_departments
from led
group by reporting_month, district_code, item_number
