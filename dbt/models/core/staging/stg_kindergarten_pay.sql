with source as (

    select * from {{ source('accepted', 'kindergarten_pay') }}

),

renamed as (

    select
        -- keys
        school_year,
        school_code,

        -- attributes
        school_name,

        -- counts and years
        staff,
        in_post_teachers,
        temporary_teachers,
        fully_insured_staff,

        -- measures
        cast(in_post_annual_pay_yuan as double) as in_post_annual_pay_yuan,
        cast(temporary_annual_pay_yuan as double) as temporary_annual_pay_yuan,

        -- where the row came from
        source_file,
        sheet,
        row_number
    from source

)

select * from renamed
