with quarantined as (

    select * from {{ ref('stg_quarantined_rows') }}
    where school_code is not null

),

-- a row without its stage counts against every stage of the school
placed as (

    select
        quarantined.school_year,
        quarantined.school_code,
        quarantined.feed,
        case when feeds.scope <> 'school' then coalesce(quarantined.stage, stages.stage) end as stage
    from quarantined
    inner join {{ ref('stg_feeds') }} as feeds on quarantined.feed = feeds.feed
    left join {{ ref('int_school_stages') }} as stages
        on
            quarantined.school_year = stages.school_year
            and quarantined.school_code = stages.school_code
            and quarantined.stage is null
            and feeds.scope = 'school_stage'

),

counted as (

    select
        school_year,
        school_code,
        feed,
        coalesce(stage, 'all') as stage,
        count(*) as quarantined_rows
    from placed
    group by school_year, school_code, feed, coalesce(stage, 'all')

)

select * from counted
