-- Tables of rows in force in the attached analyst's database.
select table_name
from duckdb_tables()
where database_name = 'kept' and schema_name = 'accepted'
order by table_name
