-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Measures of the plan's latest month, in the order of its items, with the reason that a reader has to know.
select
    measures.*,  -- noqa: AM04
    items.sort_order,
    items.item_title_zh,
    items.area_zh,
    case when measures.figure_code is not null then measures.requirement_kind end as requirement_of_figure,
    coalesce(
        measures.refusal_zh,
        measures.exemption_reason_zh,
        case when measures.times_reopened > 0 then '曾销号，后退回' end
    ) as note_zh
from marts.fct_rectification_measures as measures
inner join marts.fct_rectification_ledger as items
    on
        measures.district_code = items.district_code
        and measures.reporting_month = items.reporting_month
        and measures.item_number = items.item_number
where measures.district_code = {{ district_code }}
