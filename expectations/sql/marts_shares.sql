select
    school_year,
    district_code,
    ownership,
    insured_share as observed
from marts.fct_district_kindergarten_pay
where insured_share is not null
