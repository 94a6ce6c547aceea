with source as (

    select * from {{ source('accepted', 'replaced_rectification_tasks') }}

),

renamed as (

    select
        -- keys
        district_code,
        item_number,
        measure_number,

        -- attributes
        source_document,
        area_zh,
        item_title_zh,
        finding_zh,
        measure_zh,
        target_zh,
        lead_department,
        cooperating_departments,
        responsible_leader,
        handling_department,
        responsible_person,
        proof_kind,
        figure_code,
        documents_zh,

        -- dates
        begun_on,
        deadline,

        -- measures
        cast(target_value as double) as target_value,

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
