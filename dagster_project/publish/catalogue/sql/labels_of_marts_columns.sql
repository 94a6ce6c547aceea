-- Labels of the columns of the published tables.
select
    table_name,
    column_name,
    comment
from duckdb_columns()
where database_name = current_database() and schema_name in ('main', 'marts')
