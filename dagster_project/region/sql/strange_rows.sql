-- sqlfluff:templater:jinja:context:table:'schools'
-- sqlfluff:templater:jinja:context:file:'500115.parquet'
-- sqlfluff:templater:jinja:context:district_code:'500115'
-- sqlfluff:templater:jinja:context:named_code:district_code
-- sqlfluff:templater:jinja:context:is_strange:submission not between 0 and 999
-- Of one file of a delivery: a code that is not its district's, and whether a number is too large to be made unique.
select
    {{ table }} as table_name,
    min(case when {{ named_code }} not in ('', {{ district_code }}) then {{ named_code }} end) as other_code,
    coalesce(max(case when {{ is_strange }} then 1 else 0 end), 0) = 1 as is_strange
from read_parquet({{ file }}, hive_partitioning = false)
