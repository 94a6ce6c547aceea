select
    indicator_code,
    sort_order,
    label_zh,
    label_en,
    numerator_unit_zh,
    unit_zh,
    scale,
    smallest_addition,
    decimals,
    direction,
    domain,
    is_judged,
    feed,
    is_split
from {{ ref('indicators') }}
