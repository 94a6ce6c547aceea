-- sqlfluff:templater:jinja:context:columns:delivered_by
-- sqlfluff:templater:jinja:context:files:["500115.parquet"]
-- Rows of one accepted table of several deliveries; the folder of each file says whose they are.
with delivered as (

    select
        *,
        regexp_extract(filename, 'district_code=([0-9]{6})/delivery=[^/]+/accepted/[^/]+$', 1) as delivered_by
    from read_parquet({{ files }}, filename = true, union_by_name = true, hive_partitioning = false)

)

select {{ columns }}
from delivered
