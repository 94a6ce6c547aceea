select
    school_year,
    district_code,
    vocational_share as observed
from marts.fct_upper_secondary
where vocational_share is not null
