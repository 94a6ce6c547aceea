-- sqlfluff:templater:jinja:context:table:'dim_schools'
-- Columns of one published table, in their order.
select
    column_name as "column",  -- noqa: RF04, RF06
    coalesce(comment, '') as label_zh,
    data_type as "type" -- noqa: RF06
from duckdb_columns()
where database_name = 'published' and schema_name = 'marts' and table_name = {{ table }}
order by column_index
