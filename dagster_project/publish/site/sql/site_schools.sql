-- sqlfluff:templater:jinja:context:districts:'500101'
-- sqlfluff:templater:jinja:context:size:150
-- Schools of each district's latest year, with the part (data file) that holds them.
create or replace temp table site_schools as
with latest as (
    select *
    from marts.dim_schools
    where district_code in ({{ districts }})
    qualify school_year = max(school_year) over (partition by district_code)
),

numbered as (
    select
        *,
        (row_number() over (partition by district_code, town order by school_code) - 1) // {{ size }} as piece
    from latest
)

select
    school_code,
    district_code,
    school_year,
    coalesce(name_zh, school_code) as name_zh,
    town,
    school_type,
    ownership,
    education_group,
    is_rural,
    cast(dense_rank() over (partition by district_code order by town, piece) as integer) as part
from numbered
