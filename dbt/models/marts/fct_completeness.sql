with feeds as (

    select * from {{ source('accepted', 'feeds') }}

),

due_stages as (

    select * from {{ source('accepted', 'feed_due_stages') }}

),

schools as (

    select * from {{ ref('int_schools') }}

),

stages as (

    select * from {{ ref('int_school_stages') }}

),

-- which feeds by school a type of school owes: those due for any of its stages
due_types as (

    select distinct
        school_types.school_type,
        due_stages.feed
    from {{ ref('school_type_stages') }} as school_types
    inner join due_stages on school_types.stage = due_stages.stage

),

quarantined as (

    select * from {{ ref('int_quarantined') }}

),

-- the whole matrix: every feed of every stage and school, whatever came
by_stage as (

    select
        stages.school_year,
        stages.school_code,
        feeds.feed,
        stages.stage,
        stages.is_due as is_own,
        stages.is_due and due_stages.feed is not null and not feeds.is_optional as due,
        case feeds.feed
            when 'enrolment' then stages.has_enrolment
            when 'staffing' then stages.has_staffing
            when 'class_sizes' then stages.has_class_sizes
        end as received
    from stages
    cross join feeds
    left join due_stages on feeds.feed = due_stages.feed and stages.stage = due_stages.stage
    where feeds.scope = 'school_stage'

),

by_school as (

    select
        schools.school_year,
        schools.school_code,
        feeds.feed,
        'all' as stage,
        true as is_own,
        due_types.feed is not null and not feeds.is_optional as due,
        case feeds.feed
            when 'schools' then true
            when 'floor_area' then areas.school_code is not null
            when 'kindergarten_pay' then pay.school_code is not null
            when 'vocational_enrolment' then upper_secondary.school_code is not null
        end as received
    from schools
    cross join feeds
    left join due_types on feeds.feed = due_types.feed and schools.school_type = due_types.school_type
    left join {{ ref('stg_floor_area') }} as areas
        on schools.school_year = areas.school_year and schools.school_code = areas.school_code
    left join {{ ref('stg_kindergarten_pay') }} as pay
        on schools.school_year = pay.school_year and schools.school_code = pay.school_code
    left join {{ ref('stg_vocational_enrolment') }} as upper_secondary
        on
            schools.school_year = upper_secondary.school_year
            and schools.school_code = upper_secondary.school_code
    where feeds.scope = 'school'

),

matrix as (

    select * from by_stage
    union all
    select * from by_school

),

united as (

    select
        matrix.*,
        coalesce(quarantined.quarantined_rows, 0) as quarantined_rows
    from matrix
    left join quarantined
        on
            matrix.school_year = quarantined.school_year
            and matrix.school_code = quarantined.school_code
            and matrix.feed = quarantined.feed
            and matrix.stage = quarantined.stage

),

final as (

    select
        united.school_year,
        schools.district_code,
        united.school_code,
        schools.town,
        united.stage,
        united.feed,
        united.due,
        united.received,
        united.quarantined_rows,
        case
            when united.quarantined_rows > 0 then 'with_problems'
            when united.received then 'received'
            when united.due then 'missing'
            else 'not_due'
        end as status
    from united
    inner join schools
        on
            united.school_year = schools.school_year
            and united.school_code = schools.school_code
    where united.is_own or united.received or united.quarantined_rows > 0

)

select * from final
