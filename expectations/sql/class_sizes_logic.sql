-- sqlfluff:templater:jinja:context:rows:candidate.class_sizes_judged
select
    r.row_id,
    r.size_band_minimum - r.size_band_maximum as band_inverted
from {{ rows }} as r
