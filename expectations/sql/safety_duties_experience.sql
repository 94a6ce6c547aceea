-- sqlfluff:templater:jinja:context:rows:accepted.safety_duties
select
    r.row_id,
    r.done <= 3 * r.due + 30 as within_due,
    -- every second day of a month of school, and three times a month; the vacations are in January, February, July and August
    case
        when substr(r.reporting_month, 6, 2) in ('01', '02', '07', '08') then true
        when r.duty = 'daily_check' then 2 * r.due >= day(last_day(cast(r.reporting_month || '-01' as date)))
        when r.duty = 'weekly_check' then r.due >= 3
        when r.duty = 'monthly_check' then r.due >= 1
        else true
    end as is_due_often_enough
from {{ rows }} as r
