with source as (

    select * from {{ source('accepted', 'compulsory_inputs') }}

),

renamed as (

    select
        -- keys
        school_code,
        figure_year,
        stage,

        -- attributes
        school_name,

        -- counts and years
        entrants,
        nearby_entrants,
        cross_zone_entrants,
        migrant_children,
        cohort_entrants,
        transferred_in,
        transferred_out,
        deceased,
        graduates,

        -- measures
        cast(public_funding_yuan as double) as public_funding_yuan,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
