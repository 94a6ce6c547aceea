-- From which day on the returns behind a figure were there.
-- The feeds that a figure is made of are the one that it is proved by, and what schools of a stage return for its verdicts.
with feeds_of_figures as (

    select
        figure_code,
        source_feed as feed
    from {{ ref('rectification_figures') }}
    union
    -- whether schools have spoken of their hazards is said by their checks
    select
        figure_code,
        'safety_duties' as feed
    from {{ ref('rectification_figures') }}
    where source_feed = 'hazards'
    union
    select
        kinds.figure_code,
        due_stages.feed
    from {{ ref('rectification_figures') }} as kinds
    inner join {{ ref('stg_feed_due_stages') }} as due_stages
        on
            due_stages.stage = case
                when kinds.source_table in ('fct_district_compliance', 'fct_district_indicators') then 'primary'
                when kinds.source_table = 'fct_vocational_conditions' then 'secondary_vocational'
            end

),

final as (

    select
        feeds_of_figures.figure_code,
        receipt_days.district_code,
        receipt_days.observed_on,
        max(receipt_days.received_on) as received_on
    from feeds_of_figures
    inner join {{ ref('stg_receipt_days') }} as receipt_days on feeds_of_figures.feed = receipt_days.feed
    group by feeds_of_figures.figure_code, receipt_days.district_code, receipt_days.observed_on

)

select * from final
