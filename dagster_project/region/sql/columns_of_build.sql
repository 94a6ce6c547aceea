-- Columns of a united database with their types, by schema and table, in order.
select
    schema_name,
    table_name,
    column_name,
    data_type
from duckdb_columns()
where database_name = 'united'
order by schema_name, table_name, column_index
