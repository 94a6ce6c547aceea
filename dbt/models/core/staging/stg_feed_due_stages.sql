with source as (

    select * from {{ source('accepted', 'feed_due_stages') }}

),

renamed as (

    select
        feed,
        stage
    from source

)

select * from renamed
