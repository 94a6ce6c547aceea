-- sqlfluff:templater:jinja:context:one:first_build.marts.fct_classes
-- sqlfluff:templater:jinja:context:other:second_build.marts.fct_classes
-- sqlfluff:templater:jinja:context:in_order:school_code
-- sqlfluff:templater:jinja:context:counts:count(one.school_code) as cells
-- Rows of both tables side by side, those that only one has, and what is counted of the others.
with one as (

    select
        *,
        row_number() over (order by {{ in_order }}) as place
    from {{ one }}

),

other as (

    select
        *,
        row_number() over (order by {{ in_order }}) as place
    from {{ other }}

)

select
    count(*) as all_rows,
    count(case when one.place is null or other.place is null then 1 end) as rows_of_one_side,
    {{ counts }}
from one
full outer join other on one.place = other.place
