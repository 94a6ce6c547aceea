-- Labels of the published tables.
select
    table_name,
    comment
from duckdb_tables()
where database_name = current_database() and schema_name in ('main', 'marts')
