-- Columns of the published tables with their types, in the order of the tables.
select
    table_name,
    column_name,
    data_type
from duckdb_columns()
where schema_name = 'marts' and database_name = 'published'
order by table_name, column_index
