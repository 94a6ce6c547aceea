-- Figures of the district in each state; the same arithmetic as the marts.
create temp table figures as
with means as (
    select
        state,
        district_code,
        stage,
        indicator_code,
        sum(numerator) * max(scale) / nullif(sum(denominator), 0) as mean_value,
        sum(denominator) as students,
        count(*) as schools
    from states
    where value is not null
    group by state, district_code, stage, indicator_code
),

spread as (
    select
        s.state,
        s.district_code,
        s.stage,
        s.indicator_code,
        m.mean_value,
        avg(case
            when s.threshold is null then null
            when s.turn * s.value >= s.turn * s.threshold - 1e-12 * abs(s.threshold) then 1.0 else 0.0
        end) as met_share,
        case
            when max(m.schools) >= 2
                then
                    sqrt(sum(s.denominator * (s.value - m.mean_value) ** 2) / nullif(max(m.students), 0))
                    / nullif(m.mean_value, 0)
        end as coefficient_of_variation
    from states as s
    inner join means as m on s.state = m.state and s.district_code = m.district_code and s.stage = m.stage and s.indicator_code = m.indicator_code
    where s.value is not null
    group by s.state, s.district_code, s.stage, s.indicator_code, m.mean_value
),

schools as (
    select
        state,
        district_code,
        stage,
        school_code,
        max(needed) as needed,
        count(*) as indicators,
        count(value) as available,
        count(case when turn * value >= turn * threshold - 1e-12 * abs(threshold) then 1 end) as met,
        count(
            case when turn * value < turn * threshold * floor_ratio ** turn - 1e-12 * abs(threshold * floor_ratio ** turn) then 1 end
        ) as below_floor
    from states
    where is_judged
    group by all
),

verdicts as (
    select
        state,
        district_code,
        stage,
        case
            when below_floor > 0 or available - met > indicators - needed then 0.0
            when available = indicators and met >= needed then 1.0
        end as compliant
    from schools
)

select
    state,
    district_code,
    stage,
    indicator_code,
    unnest(['mean_value', 'met_share', 'coefficient_of_variation'])
        as measure,
    unnest([mean_value, met_share, coefficient_of_variation]) as value
from spread
union all
select
    state,
    district_code,
    stage,
    '' as indicator_code,
    'compliance_rate' as measure,
    avg(compliant) as value
from verdicts
group by all
