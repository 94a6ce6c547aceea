with source as (

    select * from {{ source('accepted', 'kindergarten_support') }}

),

renamed as (

    select
        -- keys
        school_code,
        figure_year,

        -- attributes
        school_name,
        inclusive_assessment,

        -- counts and years
        children,
        nursery_places,
        nursery_children,

        -- measures
        cast(public_funding_yuan as double) as public_funding_yuan,
        cast(guard_subsidy_yuan as double) as guard_subsidy_yuan,
        cast(fee_yuan_per_month as double) as fee_yuan_per_month,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
