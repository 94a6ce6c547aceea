-- How often a safety check is due at least, by the seed that the models read, too.
create table candidate.safety_duty_kinds as
select
    duty,
    vacation_months,
    cast(least_due_share_of_days as double) as least_due_share_of_days,
    cast(least_due as integer) as least_due
from read_csv($1, header = true, all_varchar = true)
