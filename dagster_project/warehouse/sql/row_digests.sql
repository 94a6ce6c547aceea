-- sqlfluff:templater:jinja:context:table:dim_schools
-- sqlfluff:templater:jinja:context:year:school_year
-- sqlfluff:templater:jinja:context:hashed:md5_number(name_zh)
-- Per school year (or for the whole table) a digest of its rows that doesn't depend on their order.
select
    {{ year }} as school_year,
    count(*) as row_count,
    bit_xor({{ hashed }}) as exclusive_or,
    sum(cast({{ hashed }} % 1000000007 as hugeint)) as total
from marts.{{ table }}
group by 1
order by 1
