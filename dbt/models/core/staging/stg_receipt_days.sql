with source as (

    select * from {{ source('accepted', 'receipt_days') }}

),

renamed as (

    select
        feed,
        district_code,
        observed_on,
        received_on
    from source

)

select * from renamed
