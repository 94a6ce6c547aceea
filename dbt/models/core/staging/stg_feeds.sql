with source as (

    select * from {{ source('accepted', 'feeds') }}

),

renamed as (

    select
        feed,
        name_zh,
        is_optional,
        scope,
        cycle,
        observed_on,
        due_within_days,
        owed_by,
        first_school_year
    from source

)

select * from renamed
