-- Tables of the published database with their Chinese names and rows.
select
    table_name as "table",  -- noqa: RF06
    coalesce(comment, '') as label_zh,
    estimated_size as "rows"  -- noqa: RF06
from duckdb_tables()
where database_name = current_database() and schema_name in ('main', 'marts')
order by table_name
