with source as (

    select * from {{ source('accepted', 'received_periods') }}

),

renamed as (

    select
        feed,
        district_code,
        school_code,
        figure_year,
        reporting_month
    from source

)

select * from renamed
