{{ config(materialized='view') }}

with school_feeds as (

    select * from {{ ref('int_school_feeds') }}
    where unit_school_code is not null

),

indicator_feeds as (

    select distinct feed from {{ ref('indicators') }}

),

-- one member that was not received is enough: its part of the unit's sum is missing
united as (

    select
        school_feeds.school_year,
        school_feeds.unit_school_code,
        school_feeds.stage,
        school_feeds.feed,
        max(case when school_feeds.quarantined_rows > 0 then 1 else 0 end) = 1 as is_quarantined
    from school_feeds
    inner join indicator_feeds on school_feeds.feed = indicator_feeds.feed
    where not school_feeds.received
    group by school_feeds.school_year, school_feeds.unit_school_code, school_feeds.stage, school_feeds.feed

),

final as (

    select
        school_year,
        unit_school_code,
        stage,
        feed,
        case when is_quarantined then 'quarantined' else 'not_received' end as missing_reason
    from united

)

select * from final
