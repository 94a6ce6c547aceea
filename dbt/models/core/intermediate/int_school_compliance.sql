-- an indicator that is not judged in the year has no threshold, and counts nowhere
with results as (

    select
        *,
        min(case when scope = 'in_scope' then ratio end) over (
            partition by school_year, school_code, stage
        ) as lowest_ratio
    from {{ ref('int_school_indicators') }}

),

floors as (

    {{ judged_standards('floor_ratio') }}

),

needed as (

    {{ judged_standards('indicators_needed') }}

),

counted as (

    select
        school_year,
        school_code,
        stage,
        max(district_code) as district_code,
        max(scope) as scope,
        max(denominator) as students,
        count(threshold) as indicators_judged,
        count(case when threshold is not null and direction = 'at_most' then 1 end) > 0 as has_maximum,
        sum(case when status = 'met' then 1 else 0 end) as indicators_met,
        sum(case when status = 'not_met' then 1 else 0 end) as indicators_below,
        sum(case when status in ('met', 'not_met') then 1 else 0 end) as indicators_available,
        sum(case when reaches_floor = false then 1 else 0 end) as indicators_below_floor,
        max(lowest_ratio) as lowest_ratio,
        -- of equal ratios the first by name, whatever their last bits are
        min(case when scope = 'in_scope' and {{ stays_within('ratio', 'lowest_ratio') }} then indicator_code end)
            as lowest_indicator_code
    from results
    group by school_year, school_code, stage

),

judged as (

    select
        counted.*,
        concat(cast(cast(round(floors.threshold * 100) as integer) as string), '%') as floor_label_zh,
        -- "lower" says nothing of what may be too much: there the words are those of the ratio
        case when counted.has_maximum then '与标准之比' else '' end as ratio_label_zh,
        case when counted.has_maximum then '' else '标准的' end as of_standard_label_zh,
        case
            when counted.scope <> 'in_scope' then counted.scope
            when counted.indicators_judged = 0 or needed.threshold is null then 'not_applicable'
            when counted.indicators_below > counted.indicators_judged - needed.threshold then 'not_compliant'
            when counted.indicators_below_floor > 0 then 'not_compliant'
            when counted.indicators_available < counted.indicators_judged then 'undetermined'
            when counted.indicators_met >= needed.threshold then 'compliant'
            else 'not_compliant'
        end as status,
        -- each raised indicator that was below its floor also counts among those that are met
        {{ larger_of('needed.threshold - counted.indicators_met', 'counted.indicators_below_floor') }} as indicators_to_raise
    from counted
    left join needed
        on
            counted.stage = needed.stage
            and {{ in_force('needed', 'counted.school_year') }}
    left join floors
        on
            counted.stage = floors.stage
            and {{ in_force('floors', 'counted.school_year') }}

),

final as (

    select
        judged.school_year,
        judged.district_code,
        judged.school_code,
        judged.stage,
        judged.students,
        cast(judged.indicators_met as integer) as indicators_met,
        cast(judged.indicators_available as integer) as indicators_available,
        cast(judged.indicators_below as integer) as indicators_below,
        cast(judged.indicators_below_floor as integer) as indicators_below_floor,
        case
            when judged.status = 'not_compliant' and judged.indicators_available = judged.indicators_judged
                then cast(judged.indicators_to_raise as integer)
        end as indicators_to_raise,
        judged.lowest_indicator_code,
        judged.lowest_ratio,
        judged.status,
        case
            when judged.status = 'out_of_scope' then '不在评估范围内'
            when judged.scope = 'not_applicable' then '没有学生，不作判断'
            when judged.status = 'not_applicable' then '本学年没有生效的标准，不作判断'
            when judged.status = 'undetermined'
                then
                    concat(
                        cast(judged.indicators_judged - judged.indicators_available as string),
                        '项缺数据，暂不能判断'
                    )
            when judged.indicators_below = 0 then '各项指标均达到标准'
            when judged.status = 'compliant'
                then
                    concat(
                        '仅“', indicators.label_zh, '”未达标准，但', judged.ratio_label_zh, '不低于', judged.of_standard_label_zh,
                        judged.floor_label_zh
                    )
            when judged.indicators_below_floor > 0
                then
                    concat(
                        cast(judged.indicators_below as string), '项未达标准，其中',
                        cast(judged.indicators_below_floor as string), '项', judged.ratio_label_zh, '低于',
                        judged.of_standard_label_zh, judged.floor_label_zh,
                        '，最低的是“', indicators.label_zh, '”'
                    )
            else
                concat(
                    cast(judged.indicators_below as string), '项未达标准，', judged.ratio_label_zh, '最低的是“',
                    indicators.label_zh, '”'
                )
        end as reason_zh
    from judged
    left join {{ ref('indicators') }} as indicators on judged.lowest_indicator_code = indicators.indicator_code

)

select * from final
