with source as (

    select * from {{ source('accepted', 'feeds') }}

),

renamed as (

    select
        feed,
        name_zh,
        is_optional,
        scope
    from source

)

select * from renamed
