-- milestones of the plan as they were stated from day to day
{{ versions_of(ref('stg_milestones'), ref('stg_replaced_milestones'), ['district_code', 'milestone_number']) }}
