-- sqlfluff:templater:jinja:context:table:'corrections'
-- The table of schema accepted with the given name, if there is one.
select table_name
from duckdb_tables()
where
    database_name = current_database()
    and schema_name = 'accepted'
    and table_name = {{ table }}
