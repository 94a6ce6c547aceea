-- sqlfluff:templater:jinja:context:rows:candidate.compulsory_inputs_judged
select
    r.row_id,
    r.nearby_entrants - r.entrants as nearby_entrants_above_entrants,
    r.cross_zone_entrants - r.entrants as cross_zone_entrants_above_entrants
from {{ rows }} as r
