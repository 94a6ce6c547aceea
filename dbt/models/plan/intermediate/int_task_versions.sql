-- measures of the plan as they were stated from day to day
{{ versions_of(
    ref('stg_rectification_tasks'), ref('stg_replaced_rectification_tasks'), ['district_code', 'item_number', 'measure_number']
) }}
