-- sqlfluff:templater:jinja:context:columns:t.figure_year, t.figure
-- Figures of the district; the pay in its budget only where the committee sees it.
with shown as (

    select
        district_code,
        fiscal_year
    from committee.main.fct_education_finance
    where temporary_pay_in_budget_yuan is not null

),

delivered as (

    select
        given.*,
        case
            when given.figure_code <> 'temporary_pay_in_budget_yuan' or shown.district_code is not null then given.figure
        end as delivered_figure
    from analyst.accepted.district_figures as given
    left join shown on given.district_code = shown.district_code and given.figure_year = shown.fiscal_year

)

select {{ columns }}
from delivered as t
