-- The standards that a figure may have been judged by, the most specific first.
select
    threshold,
    direction,
    source_document,
    clause,
    valid_from,
    valid_to
from marts.dim_standards
where
    measure = 'school_threshold'
    and is_judged
    and indicator_code = ?
    and stage = ?
    and ? between valid_from and coalesce(valid_to, 9999)
    and threshold = ?
order by jurisdiction = 'national' desc, valid_from desc
