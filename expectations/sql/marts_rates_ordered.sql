select
    school_year,
    district_code,
    stage,
    coalesce(compliance_rate - compliance_rate_low, 0) as observed
from marts.fct_district_compliance
