-- sqlfluff:templater:jinja:context:rows:candidate.district_explanations_judged
select
    r.row_id,
    r.rule_code is null or k.rule_code is not null as is_explainable
from {{ rows }} as r
left join accepted.rules as k on r.rule_code = k.rule_code and k.is_explainable
