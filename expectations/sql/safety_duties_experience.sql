-- sqlfluff:templater:jinja:context:rows:accepted.safety_duties
select
    r.row_id,
    r.done <= 3 * r.due + 30 as within_due,
    case
        when concat(' ', k.vacation_months, ' ') like concat('% ', cast(cast(substr(r.reporting_month, 6, 2) as integer) as varchar), ' %')
            then true
        when k.least_due_share_of_days is not null
            then r.due >= k.least_due_share_of_days * day(last_day(cast(r.reporting_month || '-01' as date)))
        when k.least_due is not null then r.due >= k.least_due
        else true
    end as is_due_often_enough
from {{ rows }} as r
left join candidate.safety_duty_kinds as k on r.duty = k.duty
