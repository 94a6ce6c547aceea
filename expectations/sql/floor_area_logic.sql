-- sqlfluff:templater:jinja:context:rows:candidate.floor_area_judged
select
    r.row_id,
    r.indoor_sports_area_m2 - r.teaching_area_m2 as indoor_sports_area_m2_above_teaching_area_m2
from {{ rows }} as r
