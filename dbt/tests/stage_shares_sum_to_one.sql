-- What: schools whose stage shares don't add up to one although all are known.
-- Matters: resources would be lost or counted twice in the split.
-- Resolve: look at the weights in the standards seed and at int_unit_stages.
{{ config(meta={'label_zh': '学校各学段的分摊比例之和不是 1'}) }}
select
    school_year,
    school_code,
    sum(stage_share) as sum_of_shares
from {{ ref('rpt_stage_shares') }}
group by school_year, school_code
having count(*) = count(stage_share) and abs(sum(stage_share) - 1) > 1e-9
