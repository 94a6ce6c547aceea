-- sqlfluff:templater:jinja:context:raw:'faults.parquet'
-- The schools that findings of a submission name, by file.
select distinct
    source_file,
    school_code
from read_parquet({{ raw }}, union_by_name => true)
where school_code <> ''
