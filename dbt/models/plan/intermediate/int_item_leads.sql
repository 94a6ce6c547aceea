-- one row per department that leads measures of an item
with led as (

    select
        district_code,
        item_number,
        lead_department,
        min(measure_number) as first_measure
    from {{ ref('stg_rectification_tasks') }}
    where lead_department is not null
    group by district_code, item_number, lead_department

)

select
    district_code,
    item_number,
    {{ names_in_order('lead_department', ['first_measure', 'lead_department']) }} as lead_department,
    count(*) as lead_departments
from led
group by district_code, item_number
