-- The feeds that a figure is made of: the one that it is proved by, and what schools of a stage return for its verdicts.
-- Those are owed whose missing returns leave the figure open.
with kinds as (

    select * from {{ ref('rectification_figures') }}

),

united as (

    select
        figure_code,
        source_feed as feed,
        -- an empty ledger of hazards is no missing return: whether schools have spoken of theirs is said by their checks
        source_feed <> 'hazards' as is_owed
    from kinds
    union all
    select
        figure_code,
        'safety_duties' as feed,
        true as is_owed
    from kinds
    where source_feed = 'hazards'
    union all
    select
        kinds.figure_code,
        due_stages.feed,
        true as is_owed
    from kinds
    inner join {{ ref('stg_feed_due_stages') }} as due_stages
        on
            kinds.source_feed <> due_stages.feed
            and due_stages.stage = case
                when kinds.source_table in ('fct_district_compliance', 'fct_district_indicators') then 'primary'
                when kinds.source_table = 'fct_vocational_conditions' then 'secondary_vocational'
            end

)

select
    united.figure_code,
    united.feed,
    feeds.name_zh,
    united.is_owed
from united
inner join {{ ref('stg_feeds') }} as feeds on united.feed = feeds.feed
