-- sqlfluff:templater:jinja:context:as_of:date '2024-01-01'
-- Kinds of reports of which a district had registered an issue by a day.
select distinct
    district_code,
    report_kind
from marts.fct_reports_due
where issued_on <= {{ as_of }}
order by all
