-- Tables of the published database with their Chinese names and rows.
select
    table_name as "table",  -- noqa: RF06
    coalesce(comment, '') as label_zh,
    estimated_size as "rows"  -- noqa: RF06
from duckdb_tables()
where database_name = 'published' and schema_name = 'marts'
order by table_name
