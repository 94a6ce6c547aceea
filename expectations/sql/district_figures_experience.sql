-- sqlfluff:templater:jinja:context:rows:accepted.district_figures
select
    r.row_id,
    case when p.figure > 0 then abs(r.figure / p.figure - 1) end as figure_change,
    p.figure as previous_figure
from {{ rows }} as r
left join accepted.district_figures as p
    on
        r.district_code = p.district_code and r.figure_code = p.figure_code
        and p.figure_year = r.figure_year - 1
