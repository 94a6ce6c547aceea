-- sqlfluff:templater:jinja:context:rows:accepted.district_figures
-- The year before, and what the kindergartens report of the same year where each of them has sent its return.
with kindergartens as (

    select
        s.district_code,
        s.school_year,
        sum(k.children) as reported
    from candidate.registers as s
    left join accepted.kindergarten_support as k on s.school_year = k.figure_year and s.school_code = k.school_code
    where s.school_type = 'kindergarten'
    group by s.district_code, s.school_year
    having count(*) = count(k.children)

)

select
    r.row_id,
    case when p.figure > 0 then abs(r.figure / p.figure - 1) end as figure_change,
    p.figure as previous_figure,
    k.reported,
    r.figure - k.reported as difference,
    case
        when r.figure = k.reported then 0
        when k.reported = 0 then 1
        else abs(r.figure - k.reported) / k.reported
    end as differs_from_kindergartens
from {{ rows }} as r
left join accepted.district_figures as p
    on
        r.district_code = p.district_code and r.figure_code = p.figure_code
        and p.figure_year = r.figure_year - 1
left join kindergartens as k
    on
        r.figure_code = 'children_in_kindergartens'
        and r.district_code = k.district_code and r.figure_year = k.school_year
