select distinct
    waiting.feed,
    coalesce(schools.district_code, waiting.district_code) as district_code,
    waiting.school_code,
    waiting.observed_on,
    waiting.item_number,
    waiting.source_file,
    waiting.sheet,
    waiting.row_number
from {{ ref('stg_quarantined_rows') }} as waiting
inner join {{ ref('stg_feeds') }} as feeds on waiting.feed = feeds.feed
left join {{ ref('int_latest_schools') }} as schools on waiting.school_code = schools.school_code
where feeds.scope = 'ledger' and coalesce(schools.district_code, waiting.district_code) is not null
