select
    indicator_code,
    measure,
    stage,
    school_kind,
    jurisdiction,
    threshold,
    direction,
    valid_from,
    valid_to,
    source_document,
    clause,
    source_url,
    confidence,
    confidence in ('high', 'medium') as is_judged
from {{ ref('standards') }}
