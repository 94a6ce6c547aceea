with context as (

    select as_of from {{ ref('stg_build_context') }}

),

feeds as (

    select * from {{ ref('stg_feeds') }}

),

due_stages as (

    select * from {{ ref('stg_feed_due_stages') }}

),

-- a feed that a school returns as a whole is due if it is due for any stage of the kind of school
due_types as (

    select distinct
        school_types.school_type,
        due_stages.feed
    from {{ ref('school_type_stages') }} as school_types
    inner join due_stages on school_types.stage = due_stages.stage

),

-- the whole matrix of schools, stages and feeds, whatever was received
by_stage as (

    select
        stages.school_year,
        stages.district_code,
        stages.school_code,
        stages.unit_school_code,
        stages.stage,
        feeds.feed,
        stages.is_due as is_own,
        stages.is_due and due_stages.feed is not null
        and not feeds.is_optional
        and {{ is_asked_for_in('stages.school_year') }} as due
    from {{ ref('int_school_stages') }} as stages
    cross join feeds
    left join due_stages on feeds.feed = due_stages.feed and stages.stage = due_stages.stage
    where feeds.scope = 'school_stage'

),

by_school as (

    select
        schools.school_year,
        schools.district_code,
        schools.school_code,
        schools.unit_school_code,
        'all' as stage,
        feeds.feed,
        true as is_own,
        due_types.feed is not null
        and not feeds.is_optional
        and {{ is_asked_for_in('schools.school_year') }} as due
    from {{ ref('int_schools') }} as schools
    cross join feeds
    left join due_types on feeds.feed = due_types.feed and schools.school_type = due_types.school_type
    where feeds.scope = 'school'

),

-- a year for which a district sent no register: what the schools of the register carried on owe once the day has passed
absent as (

    select
        registers.school_year,
        registers.district_code,
        registers.school_code,
        registers.school_type,
        feeds.feed,
        feeds.scope
    from {{ ref('int_registers') }} as registers
    cross join feeds
    cross join context
    where
        not registers.is_in_a_registered_year
        and feeds.cycle = 'yearly'
        and feeds.owed_by = 'school'
        and not feeds.is_optional
        and {{ is_asked_for_in('registers.school_year') }}
        and {{ days_after(statistics_day('registers.school_year'), 'feeds.due_within_days') }} < context.as_of

),

absent_by_stage as (

    select
        absent.school_year,
        absent.district_code,
        absent.school_code,
        cast(null as string) as unit_school_code,
        due_stages.stage,
        absent.feed,
        true as is_own,
        true as due
    from absent
    inner join {{ ref('school_type_stages') }} as school_types on absent.school_type = school_types.school_type
    inner join due_stages on school_types.stage = due_stages.stage and absent.feed = due_stages.feed
    where absent.scope = 'school_stage'

),

absent_by_school as (

    select
        absent.school_year,
        absent.district_code,
        absent.school_code,
        cast(null as string) as unit_school_code,
        'all' as stage,
        absent.feed,
        true as is_own,
        true as due
    from absent
    inner join due_types on absent.school_type = due_types.school_type and absent.feed = due_types.feed
    where absent.scope = 'school'

),

matrix as (

    select * from by_stage
    union all
    select * from by_school
    union all
    select * from absent_by_stage
    union all
    select * from absent_by_school

),

nil_returns as (

    select distinct
        school_year,
        school_code,
        feed
    from {{ ref('stg_nil_returns') }}
    where school_code is not null and school_year is not null

),

final as (

    select
        matrix.*,
        received.school_code is not null as received,
        received.received_on as return_received_on,
        nil_returns.school_code is not null as is_nil,
        coalesce(quarantined.quarantined_rows, 0) as quarantined_rows,
        case
            when feeds.cycle = 'yearly'
                then {{ days_after(statistics_day('matrix.school_year'), 'feeds.due_within_days') }}
        end as due_on
    from matrix
    inner join feeds on matrix.feed = feeds.feed
    left join {{ ref('stg_received') }} as received
        on
            matrix.school_year = received.school_year
            and matrix.school_code = received.school_code
            and matrix.stage = received.stage
            and matrix.feed = received.feed
    left join nil_returns
        on
            matrix.school_year = nil_returns.school_year
            and matrix.school_code = nil_returns.school_code
            and matrix.feed = nil_returns.feed
    left join {{ ref('int_quarantined') }} as quarantined
        on
            matrix.school_year = quarantined.school_year
            and matrix.school_code = quarantined.school_code
            and matrix.stage = quarantined.stage
            and matrix.feed = quarantined.feed

)

select * from final
