-- sqlfluff:templater:jinja:context:readings:traced_readings
-- Figures computed again from their readings alone. Lack of a reading, worst last: 0 nothing, 1 blank,
-- 2 not received, 3 quarantined.
with ranked as (
    select
        *,
        case
            when state = 'quarantined' then 3
            when state = 'not_received' then 2
            when state = 'blank' or (state <> 'none' and value is null) then 1
            else 0
        end as lack
    from {{ readings }}
),

added as (
    select
        school_year,
        school_code,
        stage,
        indicator_code,
        coalesce(sum(factor * value) filter (role = 'numerator_term'), 0) as source_total,
        max(lack) filter (role = 'numerator_term') as total_lack,
        sum(value) filter (role = 'denominator') as denominator,
        max(lack) filter (role = 'denominator') as students_lack,
        sum(factor * value) filter (role = 'split_weight' and member_stage = stage) as own_weight,
        sum(factor * value) filter (role = 'split_weight') as whole_weight,
        coalesce(max(lack) filter (role = 'split_weight'), -1) as share_lack
    from ranked
    group by school_year, school_code, stage, indicator_code
),

judged as (
    select
        a.school_year,
        a.school_code,
        a.stage,
        a.indicator_code,
        i.scale,
        a.total_lack,
        a.students_lack,
        a.share_lack,
        case when a.total_lack = 0 then a.source_total end as source_total,
        case when a.students_lack = 0 then a.denominator end as denominator,
        case
            when a.share_lack = -1 then 1.0::double
            when a.share_lack = 0 then a.own_weight / nullif(a.whole_weight, 0)
        end as stage_share
    from added as a
    inner join marts.dim_indicators as i on a.indicator_code = i.indicator_code
)

select
    school_year,
    school_code,
    stage,
    indicator_code,
    source_total,
    denominator,
    stage_share,
    source_total * stage_share as numerator,
    source_total * stage_share * scale / nullif(denominator, 0) as value,
    ['blank', 'not_received', 'quarantined'][
        case when total_lack > 0 then total_lack when share_lack > 0 then share_lack else students_lack end
    ] as missing_reason
from judged
order by all
