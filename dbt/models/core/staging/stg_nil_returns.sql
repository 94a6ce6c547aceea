with source as (

    select * from {{ source('accepted', 'nil_returns') }}

),

renamed as (

    select
        -- keys; null where the district itself reports, or for a feed without months
        feed,
        district_code,
        school_code,
        reporting_month,
        school_year,

        -- where it says so
        source_file,
        sheet,
        cell
    from source

)

select * from renamed
