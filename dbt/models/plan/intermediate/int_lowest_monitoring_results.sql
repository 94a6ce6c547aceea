-- The stage that is furthest behind, per subject, year and body that surveyed. Of the stages of which a body has ever
-- reported, from the first time on, each may be the lowest.
with stages_due as (

    select
        district_code,
        subject,
        coalesce(surveyed_by, '') as surveyed_by,
        stage,
        min(monitoring_year) as first_year
    from {{ ref('int_monitoring_results') }}
    group by district_code, subject, coalesce(surveyed_by, ''), stage

),

monitored as (

    select
        *,
        make_date(monitoring_year, 12, 31) as observed_on,
        level_three_share * students as numerator,
        cast(students as double) as denominator,
        level_three_share_low as value_low,
        level_three_share_high as value_high,
        count(*) over (
            partition by district_code, monitoring_year, subject, coalesce(surveyed_by, '')
        ) as reports_available,
        row_number() over (
            partition by district_code, monitoring_year, subject, coalesce(surveyed_by, '')
            order by level_three_share nulls last, stage nulls last
        ) as place
    from {{ ref('int_monitoring_results') }}
    where level_three_share is not null

),

monitoring_due as (

    select
        monitored.district_code,
        monitored.monitoring_year,
        monitored.subject,
        coalesce(monitored.surveyed_by, '') as surveyed_by,
        count(*) as reports_due
    from monitored
    inner join stages_due
        on
            monitored.district_code = stages_due.district_code
            and monitored.subject = stages_due.subject
            and coalesce(monitored.surveyed_by, '') = stages_due.surveyed_by
            and monitored.monitoring_year >= stages_due.first_year
    where monitored.place = 1
    group by monitored.district_code, monitored.monitoring_year, monitored.subject, coalesce(monitored.surveyed_by, '')

),

final as (

    select
        monitored.district_code,
        monitored.monitoring_year,
        monitored.observed_on,
        monitored.subject,
        monitored.surveyed_by,
        monitored.stage,
        monitored.numerator,
        monitored.denominator,
        monitored.level_three_share,
        monitored.value_low,
        monitored.value_high,
        monitored.reports_available,
        monitoring_due.reports_due
    from monitored
    inner join monitoring_due
        on
            monitored.district_code = monitoring_due.district_code
            and monitored.monitoring_year = monitoring_due.monitoring_year
            and monitored.subject = monitoring_due.subject
            and coalesce(monitored.surveyed_by, '') = monitoring_due.surveyed_by
    where monitored.place = 1

)

select * from final
