with source as (

    select * from {{ source('accepted', 'explained_warnings') }}

),

renamed as (

    select
        feed,
        rule_code,
        sha256,
        sheet,
        row_number
    from source

)

select * from renamed
