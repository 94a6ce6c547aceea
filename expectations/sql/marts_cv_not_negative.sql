select
    school_year,
    district_code,
    stage,
    indicator_code,
    coefficient_of_variation as observed
from marts.fct_district_indicators
where coefficient_of_variation is not null
