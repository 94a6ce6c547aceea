-- The documents that a progress return names, and the files of the vault that are they. Names stand in one cell, parted by
-- 、 ； or a line break, with or without the ending of the file; where the return gives a hash, only that file counts.
with progress as (

    select
        *,
        replace(replace(replace(replace(coalesce(evidence_zh, ''), '；', '、'), ';', '、'), chr(13), ''), chr(10), '、')
            as document_names
    from {{ ref('stg_rectification_progress') }}
    where evidence_zh is not null or evidence_sha256 is not null

),

positions as (

    {% for position in range(1, 21) -%}
        select {{ position }} as place{{ ' union all' if not loop.last }}
    {% endfor %}

),

named as (

    select
        progress.district_code,
        progress.reporting_month,
        progress.item_number,
        progress.measure_number,
        year(progress.reported_on) as reported_year,
        positions.place,
        case
            when progress.evidence_sha256 is not null then lower(progress.evidence_sha256)
            else trim(split_part(progress.document_names, '、', positions.place))
        end as known_as
    from progress
    cross join positions
    where
        (progress.evidence_sha256 is not null and positions.place = 1)
        or (progress.evidence_sha256 is null and trim(split_part(progress.document_names, '、', positions.place)) <> '')

),

-- of several files of one name the one of the year's folder, then the newest
found as (

    select
        named.*,
        files.file_name,
        files.sha256,
        files.received_on,
        row_number() over (
            partition by
                named.district_code, named.reporting_month, named.item_number, named.measure_number, named.place
            order by
                case when files.folder_year = named.reported_year then 0 else 1 end asc,
                files.folder_year desc nulls last,
                files.received_on desc nulls last,
                files.source_path asc
        ) as choice
    from named
    left join {{ ref('int_evidence_names') }} as files on named.known_as = files.known_as

),

chosen as (

    select
        *,
        row_number() over (
            partition by district_code, reporting_month, item_number, measure_number
            order by case when sha256 is not null then 0 else 1 end, place
        ) as shown
    from found
    where choice = 1

),

final as (

    select
        district_code,
        reporting_month,
        item_number,
        measure_number,
        count(*) as documents_named,
        count(sha256) as documents_found,
        max(case when shown = 1 then file_name end) as file_name,
        max(case when shown = 1 then sha256 end) as sha256,
        max(case when shown = 1 then received_on end) as received_on
    from chosen
    group by district_code, reporting_month, item_number, measure_number

)

select * from final
