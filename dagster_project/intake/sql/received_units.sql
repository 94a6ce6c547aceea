-- Rows by school year, school and stage in the latest submission that holds any.
with counted as (

    select
        school_year,
        school_code,
        stage,
        submission,
        count(*) as received_rows
    from read_parquet($1, union_by_name = true)
    where school_code is not null and stage is not null
    group by school_year, school_code, stage, submission

)

select
    school_year,
    school_code,
    stage,
    arg_max(received_rows, submission) as received_rows
from counted
group by school_year, school_code, stage
