select
    reporting_month,
    item_number,
    measure_number,
    case
        when state = 'closed' and figure_status in ('not_met', 'not_available') then 1
        else 0
    end as observed
from marts.fct_rectification_measures
