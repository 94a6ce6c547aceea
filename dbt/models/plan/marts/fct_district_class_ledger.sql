with spells as (

    select * from {{ ref('int_class_ledger_spells') }}

),

months as (

    select * from {{ ref('int_months') }}

),

plan_begun as (

    select
        district_code,
        min(begun_on) as begun_on
    from {{ ref('stg_rectification_tasks') }}
    group by district_code

),

counts as (

    select distinct
        district_code,
        stage,
        observed_on
    from {{ ref('int_class_observations') }}

),

standing as (

    select
        months.reporting_month,
        months.observed_on,
        months.month_start,
        spells.district_code,
        spells.stage,
        cast(
            sum(
                case when spells.valid_to is null or spells.valid_to > months.observed_on then spells.open_classes else 0 end
            ) as bigint
        ) as open_classes,
        cast(
            sum(
                case
                    when
                        spells.state = 'to_verify'
                        and (spells.valid_to is null or spells.valid_to > months.observed_on)
                        then spells.open_classes
                    else 0
                end
            ) as bigint
        ) as to_verify_classes,
        cast(
            sum(
                case
                    when
                        spells.verdict = 'school_left'
                        and (spells.valid_to is null or spells.valid_to > months.observed_on)
                        then spells.open_classes
                    else 0
                end
            ) as bigint
        ) as school_left_classes
    from months
    inner join spells
        on
            months.district_code = spells.district_code
            and months.observed_on >= spells.valid_from
    group by months.reporting_month, months.observed_on, months.month_start, spells.district_code, spells.stage

),

-- classes of a year of entry that change from a band to a list, or from one band to another, are neither closed nor opened
moves as (

    select
        district_code,
        stage,
        school_code,
        entry_school_year,
        valid_from as happened_on,
        sum(opened_classes) as opened,
        sum(closed_classes) as closed,
        sum(case when is_lumped or verdict = 'listed_otherwise' then closed_classes else 0 end) as listed_otherwise,
        sum(case when verdict = 'graduated' then closed_classes else 0 end) as graduated
    from spells
    group by district_code, stage, school_code, entry_school_year, valid_from

),

changes as (

    select
        district_code,
        stage,
        happened_on,
        graduated,
        opened - {{ smaller_of('opened', 'listed_otherwise') }} as opened,
        closed - {{ smaller_of('opened', 'listed_otherwise') }} as closed
    from moves

),

changes_until as (

    select
        months.reporting_month,
        changes.district_code,
        changes.stage,
        cast(sum(case when changes.happened_on >= months.month_start then changes.opened else 0 end) as bigint)
            as opened_in_month,
        cast(sum(case when changes.happened_on >= months.month_start then changes.closed else 0 end) as bigint)
            as closed_in_month,
        cast(sum(case when changes.happened_on >= plan_begun.begun_on then changes.closed else 0 end) as bigint)
            as closed_since_begin,
        cast(sum(case when changes.happened_on >= plan_begun.begun_on then changes.graduated else 0 end) as bigint)
            as graduated_since_begin
    from months
    inner join changes
        on
            months.district_code = changes.district_code
            and months.observed_on >= changes.happened_on
    left join plan_begun on months.district_code = plan_begun.district_code
    group by months.reporting_month, changes.district_code, changes.stage

),

counted_until as (

    select
        months.reporting_month,
        counts.district_code,
        counts.stage,
        max(counts.observed_on) as last_counted_on
    from months
    inner join counts
        on
            months.district_code = counts.district_code
            and months.observed_on >= counts.observed_on
    group by months.reporting_month, counts.district_code, counts.stage

),

final as (

    select
        standing.reporting_month,
        standing.observed_on as as_of,
        standing.district_code,
        standing.stage,
        standing.open_classes,
        standing.to_verify_classes,
        standing.school_left_classes,
        changes_until.opened_in_month,
        changes_until.closed_in_month,
        changes_until.closed_since_begin,
        changes_until.graduated_since_begin,
        counted_until.last_counted_on
    from standing
    inner join changes_until
        on
            standing.reporting_month = changes_until.reporting_month
            and standing.district_code = changes_until.district_code
            and standing.stage = changes_until.stage
    left join counted_until
        on
            standing.reporting_month = counted_until.reporting_month
            and standing.district_code = counted_until.district_code
            and standing.stage = counted_until.stage

)

select * from final
