select
    school_year,
    school_code,
    sum(stage_share) as observed
from marts.rpt_stage_shares
group by school_year, school_code
having count(*) = count(stage_share)
