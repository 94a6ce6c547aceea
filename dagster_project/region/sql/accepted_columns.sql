-- Columns of the accepted tables of a release, by table, in order.
select
    table_name,
    column_name
from duckdb_columns()
where database_name = 'analyst' and schema_name = 'accepted'
order by table_name, column_index
