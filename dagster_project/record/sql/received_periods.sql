-- sqlfluff:templater:jinja:context:feed:work_figures
-- sqlfluff:templater:jinja:context:school_code:cast(null as varchar)
-- sqlfluff:templater:jinja:context:district_code:c.district_code
-- sqlfluff:templater:jinja:context:figure_year:cast(null as integer)
-- sqlfluff:templater:jinja:context:reporting_month:c.reporting_month
insert into accepted.received_periods by name
select distinct
    '{{ feed }}' as feed,
    {{ district_code }} as district_code,
    {{ school_code }} as school_code,
    {{ figure_year }} as figure_year,
    {{ reporting_month }} as reporting_month
from accepted.{{ feed }} as c
