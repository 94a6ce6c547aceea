with source as (

    select * from {{ source('accepted', 'received') }}

),

renamed as (

    select
        school_year,
        school_code,
        stage,
        feed,
        received_on
    from source

)

select * from renamed
