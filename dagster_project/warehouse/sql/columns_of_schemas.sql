-- sqlfluff:templater:jinja:context:database:'memory'
-- sqlfluff:templater:jinja:context:schemas:['marts']
-- Columns of the tables and views of some schemas of an attached database, with their types, in order.
select
    table_schema || '.' || table_name as relation,
    column_name,
    data_type
from information_schema.columns
where table_catalog = {{ database }} and list_contains({{ schemas }}, table_schema)
order by relation, ordinal_position
