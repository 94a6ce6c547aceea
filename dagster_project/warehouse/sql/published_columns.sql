-- Columns of the published tables with their types, in the order of the tables.
select
    table_name,
    column_name,
    data_type
from duckdb_columns()
where database_name = current_database() and schema_name in ('main', 'marts')
order by table_name, column_index
