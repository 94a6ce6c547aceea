with source as (

    select * from {{ source('accepted', 'explained') }}

),

renamed as (

    select
        school_year,
        school_code,
        rule_code,
        status
    from source

)

select * from renamed
