-- Only feeds that prove measures of a plan, and of these the returns that the measures' figures rest on.
with states as (

    select
        states.district_code,
        states.figure_observed_on,
        kinds.source_feed as proof_feed,
        row_number() over (
            partition by states.district_code, states.item_number, states.measure_number
            order by states.state_day desc
        ) as recency
    from {{ ref('int_ledger_states') }} as states
    inner join {{ ref('rectification_figures') }} as kinds on states.figure_code = kinds.figure_code

),

days as (

    select
        district_code,
        proof_feed,
        max(figure_observed_on) as last_day
    from states
    where recency = 1 and figure_observed_on is not null
    group by district_code, proof_feed

),

-- a feed that proves only together with another one is read up to the newest figure
last_days as (

    select
        district_code,
        max(last_day) as last_day
    from days
    group by district_code

),

places as (

    select
        feeds.name_zh as proof_feed_zh,
        coalesce(returned.district_code, schools.district_code) as district_code,
        schools.town,
        schools.school_name,
        kinds.reach,
        returned.feed,
        returned.school_code,
        returned.observed_on,
        returned.source_file,
        returned.sheet,
        returned.source_rows,
        returned.cells
    from {{ ref('stg_return_places') }} as returned
    inner join {{ ref('figure_feeds') }} as kinds on returned.feed = kinds.feed
    inner join {{ ref('stg_feeds') }} as feeds on returned.feed = feeds.feed
    left join {{ ref('int_latest_schools') }} as schools on returned.school_code = schools.school_code

),

known as (

    select
        places.*,
        max(places.observed_on) over (partition by places.district_code, places.feed) as newest_on
    from places
    inner join last_days on places.district_code = last_days.district_code
    left join days on places.district_code = days.district_code and places.feed = days.proof_feed
    where places.observed_on is null or places.observed_on <= coalesce(days.last_day, last_days.last_day)

)

select
    district_code,
    feed,
    proof_feed_zh,
    town,
    school_code,
    school_name,
    observed_on,
    source_file,
    sheet,
    cells,
    source_rows
from known
where
    reach = 'all'
    or (reach = 'latest' and observed_on = newest_on)
    or (reach = 'year' and year(observed_on) = year(newest_on))
