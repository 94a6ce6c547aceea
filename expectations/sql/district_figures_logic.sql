-- sqlfluff:templater:jinja:context:rows:candidate.district_figures_judged
-- Beside each figure, the one of the same year that it is a part of, as received last.
with wholes as (

    select
        district_code,
        figure_year,
        figure_code,
        arg_max(figure, row_id) as figure
    from {{ rows }}
    where figure is not null and not is_conflict
    group by district_code, figure_year, figure_code

)

select
    r.row_id,
    k.is_change or (r.figure >= 0 and (k.unit_zh <> '比例' or r.figure <= 1)) as is_possible,
    w.figure as whole,
    n.name_zh as whole_zh,
    r.figure - w.figure as part_above_whole
from {{ rows }} as r
left join candidate.district_figure_kinds as k on r.figure_code = k.figure_code
left join candidate.district_figure_kinds as n on k.part_of = n.figure_code
left join wholes as w
    on r.district_code = w.district_code and r.figure_year = w.figure_year and k.part_of = w.figure_code
