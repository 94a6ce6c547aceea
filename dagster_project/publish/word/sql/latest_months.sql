-- sqlfluff:templater:jinja:context:as_of:date '2024-01-01'
-- The last month up to a day for which each district has a ledger.
select
    district_code,
    max(reporting_month) as reporting_month
from marts.fct_rectification_summary
where as_of <= {{ as_of }}
group by district_code
order by district_code
