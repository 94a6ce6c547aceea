-- Targets with a year: of the rules in force, and of the plan.
with targets as (

    {{ judged_standards('target') }}
    union all
    select
        indicator_code,
        stage,
        school_kind,
        threshold,
        direction,
        valid_from,
        valid_to
    from {{ ref('standards') }}
    where measure = 'plan_target' and jurisdiction = 'district'

),

labelled as (

    select
        labels.target_code,
        labels.measure,
        labels.figure_code,
        labels.stage,
        labels.sort_order,
        labels.name_zh,
        labels.unit_zh,
        labels.scale,
        labels.decimals,
        targets.threshold as target_value,
        targets.direction,
        targets.valid_from as target_year,
        targets.valid_to,
        make_date(targets.valid_from, 12, 31) as target_due_on
    from targets
    inner join {{ ref('targets') }} as labels
        on
            targets.indicator_code = labels.indicator_code
            and targets.stage = labels.stage

)

select * from labelled
