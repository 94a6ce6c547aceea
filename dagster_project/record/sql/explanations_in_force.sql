-- Each explanation and whether it explains a warning now; the explained value may be pay, so it is not listed.
insert into accepted.explained by name
select
    e.school_code,
    e.district_code,
    e.rule_code,
    e.reason,
    e.approved_by,
    e.source_file,
    e.row_number,
    cast(e.explained_year as integer) as school_year,
    case when count(x.row_id) > 0 then 'in_force' else 'expired' end as status
from candidate.explanations_of_all as e
left join candidate.explained as x on e.feed = x.explanation_feed and e.row_id = x.explanation_row_id
group by e.feed, e.row_id, e.school_code, e.district_code, e.rule_code, e.reason, e.approved_by, e.source_file, e.row_number, e.explained_year
