with comparisons as (

    select * from {{ ref('stg_source_comparisons') }}

),

schools as (

    select * from {{ ref('int_schools') }}

),

-- no pay, and nothing of a district
of_schools as (

    select *
    from comparisons
    where not is_pay and school_code is not null

),

final as (

    select
        of_schools.school_year,
        schools.district_code,
        schools.town,
        of_schools.school_code,
        schools.school_name,
        of_schools.stage,
        of_schools.row_name,
        of_schools.feed,
        of_schools.column_name,
        of_schools.column_zh,
        of_schools.unit_zh,
        of_schools.source_zh,
        of_schools.figure,
        of_schools.used_text_zh,
        of_schools.figure_file,
        of_schools.figure_sheet,
        of_schools.figure_cells,
        of_schools.other_source_zh,
        of_schools.other_figure,
        of_schools.other_text_zh,
        of_schools.other_source_file,
        of_schools.other_sheet,
        of_schools.other_cells,
        of_schools.difference,
        of_schools.tolerance,
        of_schools.status
    from of_schools
    inner join schools
        on
            of_schools.school_year = schools.school_year
            and of_schools.school_code = schools.school_code

)

select * from final
