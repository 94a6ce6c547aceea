-- The rows in force with an explained warning.
insert into accepted.explained_warnings by name
select distinct
    x.feed,
    x.rule_code,
    v.sha256,
    v.sheet,
    v.row_number
from candidate.explained as x
inner join candidate.verdicts as v on x.feed = v.feed and x.row_id = v.row_id
