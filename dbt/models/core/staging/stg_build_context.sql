with source as (

    select * from {{ source('accepted', 'build_context') }}

),

renamed as (

    select as_of
    from source

)

select * from renamed
