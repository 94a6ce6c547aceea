-- Explanations that schools gave for surprising values, of the schools behind a traced figure.
select distinct
    x.school_year,
    x.school_code,
    x.rule_code,
    x.reason,
    x.approved_by,
    x.status
from accepted.explained as x
inner join lineage_readings as r on x.school_year = r.school_year and x.school_code = r.member_code
order by all
