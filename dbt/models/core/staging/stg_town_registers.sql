with source as (

    select * from {{ source('accepted', 'town_registers') }}

),

renamed as (

    select
        district_code,
        town,
        school_year
    from source

)

select * from renamed
