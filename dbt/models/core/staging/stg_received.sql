with source as (

    select * from {{ source('accepted', 'received') }}

),

renamed as (

    select
        school_year,
        school_code,
        stage,
        feed
    from source

)

select * from renamed
