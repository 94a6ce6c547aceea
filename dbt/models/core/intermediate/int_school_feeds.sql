with feeds as (

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
        stages.is_due and due_stages.feed is not null and not feeds.is_optional as due
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
        due_types.feed is not null and not feeds.is_optional as due
    from {{ ref('int_schools') }} as schools
    cross join feeds
    left join due_types on feeds.feed = due_types.feed and schools.school_type = due_types.school_type
    where feeds.scope = 'school'

),

matrix as (

    select * from by_stage
    union all
    select * from by_school

),

final as (

    select
        matrix.*,
        received.school_code is not null as received,
        coalesce(quarantined.quarantined_rows, 0) as quarantined_rows
    from matrix
    left join {{ ref('stg_received') }} as received
        on
            matrix.school_year = received.school_year
            and matrix.school_code = received.school_code
            and matrix.stage = received.stage
            and matrix.feed = received.feed
    left join {{ ref('int_quarantined') }} as quarantined
        on
            matrix.school_year = quarantined.school_year
            and matrix.school_code = quarantined.school_code
            and matrix.stage = quarantined.stage
            and matrix.feed = quarantined.feed

)

select * from final
