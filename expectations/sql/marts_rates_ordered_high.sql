select
    school_year,
    district_code,
    stage,
    coalesce(compliance_rate_high - compliance_rate, 0) as observed
from marts.fct_district_compliance
