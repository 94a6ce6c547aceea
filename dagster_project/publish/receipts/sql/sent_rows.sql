-- sqlfluff:templater:jinja:context:raw:'raw.parquet'
-- Rows of each school in the files of a submission, by feed (of which each has a raw file), as they were read, and the years or months that they speak of.
with written as (

    -- not every feed has these columns
    select
        cast(null as varchar) as reporting_month,
        cast(null as bigint) as figure_year,
        cast(null as varchar) as raw_file
    where false
    union all by name
    select * from read_parquet({{ raw }}, union_by_name => true, filename => 'raw_file')

)

select
    raw_file,
    source_file,
    sheet,
    school_code,
    any_value(school_name) as school_name,
    count(distinct row_number) as rows_sent,
    cast(min(school_year) as varchar) as first_school_year,
    cast(max(school_year) as varchar) as last_school_year,
    min(coalesce(reporting_month, cast(figure_year as varchar))) as first_period,
    max(coalesce(reporting_month, cast(figure_year as varchar))) as last_period
from written
where school_code is not null
group by raw_file, source_file, sheet, school_code
