with source as (

    select * from {{ source('accepted', 'replaced_milestones') }}

),

renamed as (

    select
        -- keys
        district_code,
        milestone_number,

        -- attributes
        item_number,
        measure_number,
        milestone_kind,
        milestone_zh,
        department,
        evidence_zh,

        -- dates
        planned_on,
        achieved_on,

        -- counts and years
        added_places,

        -- measures
        cast(planned_investment_10k_yuan as double) as planned_investment_10k_yuan,
        cast(invested_10k_yuan as double) as invested_10k_yuan,

        -- where the row came from
        source_file,
        sha256,
        sheet,
        row_number,

        -- until which day it held
        replaced_on
    from source

)

select * from renamed
