with classes as (

    select * from {{ ref('stg_class_sizes') }}

),

totals as (

    select
        school_year,
        school_code,
        stage,
        count(*) as class_rows,
        sum(case when students is null then 1 else 0 end) as class_rows_without_students,
        sum(coalesce(class_count, 1)) as classes,
        cast(sum(students) as bigint) as students
    from classes
    group by school_year, school_code, stage

)

select * from totals
