-- What: feeds, ledgers excepted, that are due from a school of the register, or have rows in force, without a row in fct_completeness.
-- Matters: rows in force would be reported as never received, or a school would owe a return that is not asked for.
-- Resolve: look at int_school_feeds and at accepted.received, which the record station writes.
{{ config(meta={'label_zh': '“完整性”里少了学校应报的报表'}) }}
with wanted as (

    select distinct
        schools.school_year,
        schools.school_code,
        due_stages.feed
    from {{ ref('int_schools') }} as schools
    inner join {{ ref('school_type_stages') }} as stages on schools.school_type = stages.school_type
    inner join {{ ref('stg_feed_due_stages') }} as due_stages on stages.stage = due_stages.stage
    inner join {{ ref('stg_feeds') }} as feeds on due_stages.feed = feeds.feed and feeds.scope <> 'ledger'
    union
    select
        received.school_year,
        received.school_code,
        received.feed
    from {{ ref('stg_received') }} as received
    inner join {{ ref('int_schools') }} as schools
        on
            received.school_year = schools.school_year
            and received.school_code = schools.school_code

),

listed as (

    select distinct
        school_year,
        school_code,
        feed
    from {{ ref('fct_completeness') }}

)

select wanted.*
from wanted
left join listed
    on
        wanted.school_year = listed.school_year
        and wanted.school_code = listed.school_code
        and wanted.feed = listed.feed
where listed.feed is null
