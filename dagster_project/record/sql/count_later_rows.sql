-- Rows that would be in force on a later day.
insert into accepted.later_rows by name
select
    l.feed,
    l.school_year,
    l.observed_on,
    count(*) as rows_put_off
from candidate.later_rows as l
inner join candidate.latest_rows as r on l.feed = r.feed and l.row_id = r.row_id
group by l.feed, l.school_year, l.observed_on
