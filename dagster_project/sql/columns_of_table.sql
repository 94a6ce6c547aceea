-- sqlfluff:templater:jinja:context:table:'dim_schools'
-- Columns of one published table, in their order.
select
    column_name as "column",  -- noqa: RF04, RF06
    coalesce(comment, '') as label_zh,
    data_type as "type" -- noqa: RF06
from duckdb_columns()
where database_name = current_database() and schema_name in ('main', 'marts') and table_name = {{ table }}
order by column_index
