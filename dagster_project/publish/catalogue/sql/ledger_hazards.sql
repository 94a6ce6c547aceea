-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Hazards that are open or were struck off this year: each January the ledger starts anew.
with latest as (
    select max(as_of) as as_of
    from marts.fct_rectification_summary
    where district_code = {{ district_code }}
)

select hazards.*  -- noqa: AM04
from marts.fct_hazards as hazards
cross join latest
where
    hazards.district_code = {{ district_code }}
    and (hazards.struck_off_on is null or year(hazards.struck_off_on) >= year(latest.as_of))
