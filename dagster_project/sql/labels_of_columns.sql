-- The most frequent Chinese name of each column name in the published database.
select
    column_name as mart_column,
    mode(comment order by comment) as label_zh
from duckdb_columns()
where database_name = current_database() and comment is not null
group by column_name
