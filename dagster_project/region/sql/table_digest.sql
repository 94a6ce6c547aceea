-- sqlfluff:templater:jinja:context:relation:analyst.accepted.schools
-- sqlfluff:templater:jinja:context:columns:school_year, school_code
-- Hash of the rows of a table, whatever their order.
with said as (

    select cast(row({{ columns }}) as varchar) as said
    from {{ relation }}

)

select sha256(coalesce(string_agg(said, chr(10) order by said), '')) as digest
from said
