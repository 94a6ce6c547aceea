select
    rule_code,
    class,
    severity,
    station,
    feed,
    feed_zh,
    column_zh,
    text_zh,
    basis_zh,
    since,
    passes_zh,
    fails_zh,
    is_explainable
from {{ source('accepted', 'rules') }}
