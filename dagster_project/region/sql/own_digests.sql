-- sqlfluff:templater:jinja:context:relation:united.marts.dim_schools
-- sqlfluff:templater:jinja:context:owner:district_code
-- sqlfluff:templater:jinja:context:hashed:md5_number(name_zh)
-- Per district a digest of its rows of one united table that doesn't depend on their order.
select
    {{ owner }} as district_code,
    count(*) as row_count,
    cast(bit_xor({{ hashed }}) as varchar) as exclusive_or,
    cast(sum(cast({{ hashed }} % 1000000007 as hugeint)) as varchar) as total
from {{ relation }}
group by 1
order by 1
