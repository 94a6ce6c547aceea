-- sqlfluff:templater:jinja:context:rows:accepted.monitoring_results
select
    r.row_id,
    r.level_three_share is not null or r.between_school_difference is not null as has_a_result
from {{ rows }} as r
