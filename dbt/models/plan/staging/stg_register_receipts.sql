with source as (

    select * from {{ source('accepted', 'register_receipts') }}

),

renamed as (

    select
        school_code,
        school_year,
        received_on
    from source

)

select * from renamed
