-- Each explanation and whether it explains a warning now; the explained value may be pay, so it is not listed.
insert into accepted.explained by name
select
    e.school_code,
    e.rule_code,
    e.reason,
    e.approved_by,
    e.source_file,
    e.row_number,
    cast(e.explained_year as integer) as school_year,
    case when count(x.row_id) > 0 then 'in_force' else 'expired' end as status
from accepted.explanations as e
inner join candidate.verdicts as v on e.row_id = v.row_id and v.feed = 'explanations'
left join candidate.explained as x
    on
        e.rule_code = x.rule_code and v.submission = x.submission and e.reason = x.reason
        and e.school_code = x.school_code and e.explained_year = x.school_year
group by all
