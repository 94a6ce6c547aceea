-- What: figures made of returns of schools, or of the parts of a survey, that don't say how many of those due are there;
--   shares in which who sends nothing counts as not done, and isn't in the denominator.
-- Matters: a measure would be closed on the few that sent something; who sends nothing would improve the figure.
-- Resolve: give the figure the columns available and due in int_rectification_figures, made of the register, and where
--   `while_incomplete` is counts_as_not_done, what is due as its denominator.
{{ config(meta={'label_zh': '佐证指标没有说明应报数'}) }}
select
    figures.district_code,
    figures.figure_code,
    figures.observed_on,
    figures.known_on,
    figures.reports_available,
    figures.reports_due,
    figures.denominator
from {{ ref('int_rectification_figures') }} as figures
inner join {{ ref('rectification_figures') }} as kinds on figures.figure_code = kinds.figure_code
where
    kinds.owed_by <> 'district'
    and (
        figures.reports_due is null
        or figures.reports_available is null
        or figures.reports_available > figures.reports_due
        or (
            kinds.while_incomplete = 'counts_as_not_done'
            and coalesce(figures.denominator, 0) <> figures.reports_due
        )
    )
