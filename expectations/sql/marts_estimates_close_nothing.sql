select
    school_code,
    stage,
    class_name,
    case
        when state = 'closed' and latest_students > standard_size and closing_reason = 'reduced' then 1
        else 0
    end as observed
from marts.fct_class_ledger
