-- Columns of one published table, in their order.
select
    column_name as "column",
    coalesce(comment, '') as label_zh,
    data_type as "type"
from duckdb_columns()
where database_name = 'published' and schema_name = 'marts' and table_name = ?
order by column_index
