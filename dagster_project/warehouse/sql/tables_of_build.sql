-- Tables and views of the build's database, by schema.
select
    schema_name,
    table_name
from duckdb_tables()
where database_name = 'build'
union all
select
    schema_name,
    view_name as table_name
from duckdb_views()
where database_name = 'build' and not internal
