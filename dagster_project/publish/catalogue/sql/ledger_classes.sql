-- sqlfluff:templater:jinja:context:district_code:'500199'
-- Classes of the ledger but for those that were closed before the plan began.
with latest as (
    select min(begun_on) as begun_on
    from marts.fct_rectification_measures
    where
        district_code = {{ district_code }}
        and reporting_month = (
            select max(s.reporting_month)
            from marts.fct_rectification_summary as s
            where s.district_code = {{ district_code }}
        )
)

select classes.*  -- noqa: AM04
from marts.fct_class_ledger as classes
cross join latest
where
    classes.district_code = {{ district_code }}
    and (classes.closed_on is null or classes.closed_on >= latest.begun_on)
