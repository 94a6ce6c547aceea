-- sqlfluff:templater:jinja:context:raw:'raw.parquet'
-- Rows of each school in the files of a submission, as they were read.
select
    source_file,
    sheet,
    school_code,
    any_value(school_name) as school_name,
    count(distinct row_number) as rows_sent
from read_parquet({{ raw }}, union_by_name => true)
where school_code is not null
group by source_file, sheet, school_code
