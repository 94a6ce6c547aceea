with feeds as (

    select * from {{ source('accepted', 'feeds') }}

),

stages as (

    select * from {{ ref('int_school_stages') }}

),

due as (

    select
        stages.school_year,
        stages.school_code,
        due_stages.feed,
        case when feeds.scope = 'school' then 'all' else stages.stage end as stage
    from stages
    inner join {{ source('accepted', 'feed_due_stages') }} as due_stages on stages.stage = due_stages.stage
    inner join feeds on due_stages.feed = feeds.feed
    where stages.is_due and not feeds.is_optional

),

received as (

    select
        school_year,
        school_code,
        'schools' as feed,
        'all' as stage
    from {{ ref('stg_schools') }}
    union all
    select
        school_year,
        school_code,
        'enrolment' as feed,
        stage
    from {{ ref('stg_enrolment') }}
    union all
    select
        school_year,
        school_code,
        'staffing' as feed,
        stage
    from {{ ref('stg_staffing') }}
    union all
    select
        school_year,
        school_code,
        'floor_area' as feed,
        'all' as stage
    from {{ ref('stg_floor_area') }}
    union all
    select
        school_year,
        school_code,
        'class_sizes' as feed,
        stage
    from {{ ref('int_class_totals') }}
    union all
    select
        school_year,
        school_code,
        'kindergarten_pay' as feed,
        'all' as stage
    from {{ ref('stg_kindergarten_pay') }}
    union all
    select
        school_year,
        school_code,
        'vocational_enrolment' as feed,
        'all' as stage
    from {{ ref('stg_vocational_enrolment') }}

),

quarantined as (

    select * from {{ ref('int_quarantined') }}

),

-- the whole matrix first: every feed of every stage, then what came
matrix as (

    select
        school_year,
        school_code,
        feed,
        stage,
        1 as is_due,
        0 as is_received,
        0 as quarantined_rows
    from due
    union all
    select
        stages.school_year,
        stages.school_code,
        feeds.feed,
        stages.stage,
        0 as is_due,
        0 as is_received,
        0 as quarantined_rows
    from stages
    cross join feeds
    where feeds.scope = 'school_stage' and stages.is_due
    union all
    select
        schools.school_year,
        schools.school_code,
        feeds.feed,
        'all' as stage,
        0 as is_due,
        0 as is_received,
        0 as quarantined_rows
    from {{ ref('int_schools') }} as schools
    cross join feeds
    where feeds.scope = 'school'
    union all
    select
        school_year,
        school_code,
        feed,
        stage,
        0 as is_due,
        1 as is_received,
        0 as quarantined_rows
    from received
    union all
    select
        school_year,
        school_code,
        feed,
        stage,
        0 as is_due,
        0 as is_received,
        quarantined_rows
    from quarantined

),

united as (

    select
        school_year,
        school_code,
        feed,
        stage,
        max(is_due) = 1 as due,
        max(is_received) = 1 as received,
        cast(sum(quarantined_rows) as bigint) as quarantined_rows
    from matrix
    group by school_year, school_code, feed, stage

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
    inner join {{ ref('int_schools') }} as schools
        on
            united.school_year = schools.school_year
            and united.school_code = schools.school_code

)

select * from final
