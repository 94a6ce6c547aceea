with source as (

    select * from {{ source('accepted', 'source_comparisons') }}

),

renamed as (

    select
        school_year,
        school_code,
        -- returns by school have no stage, and their rows no further name
        coalesce(stage, 'all') as stage,
        coalesce(row_name, '') as row_name,
        feed,
        column_name,
        column_zh,
        unit_zh,
        is_pay,
        source_zh,
        figure,
        -- in a comparison of texts there is no figure
        case when figure is null then value end as used_text_zh,
        source_file as figure_file,
        sheet as figure_sheet,
        cells as figure_cells,
        other_source_zh,
        other_figure,
        case when figure is null then other_value end as other_text_zh,
        other_source_file,
        other_sheet,
        other_cells,
        difference,
        tolerance,
        status
    from source

)

select * from renamed
