-- The documents that a progress return names, and the files of the vault that are they, from day to day. Names stand in
-- one cell, parted by 、 ； or a line break, with or without the ending of the file; where the return gives a hash, only
-- that file counts. A file counts from the day it was received on, and for one district only.
{% set return_key = ['district_code', 'reporting_month', 'item_number', 'measure_number'] %}
{% set return_columns = return_key | join(', ') %}
with progress as (

    select
        {{ return_columns }},
        reported_on,
        evidence_zh,
        evidence_sha256
    from {{ ref('stg_rectification_progress') }}
    where evidence_zh is not null or evidence_sha256 is not null

),

{{ named_documents('progress', ref('int_evidence_names'), return_key + ['reported_on']) }}

matched as (

    select
        named.*,
        files.source_path,
        files.file_name,
        files.sha256,
        files.folder_year,
        files.received_on,
        files.district_code as folder_district_code
    from named
    inner join {{ ref('int_evidence_names') }} as files
        on
            named.known_as = files.known_as
            and {{ is_of_record('files', 'named') }}

),

{{ file_owners('matched', 'reported_on') }}

owned as (

    select
        matched.*,
        coalesce(matched.received_on <= matched.reported_on, true) as is_there_when_named
    from matched
    left join owners on matched.source_path = owners.source_path and matched.sha256 = owners.sha256
    where matched.district_code = coalesce(matched.folder_district_code, owners.district_code)

),

-- Of several files of one name those that were there when they were named come first: the one of the year's folder, then
-- the newest. Otherwise the one that came first.
in_order as (

    select
        *,
        row_number() over (
            partition by {{ return_columns }}, place
            order by
                case when is_there_when_named then 0 else 1 end asc,
                case when not is_there_when_named then received_on end asc nulls last,
                case when folder_year = year(reported_on) then 0 else 1 end asc,
                folder_year desc nulls last,
                received_on desc nulls last,
                source_path asc nulls last
        ) as choice
    from owned

),

elsewhere as (

    select distinct
        {{ return_columns }},
        place
    from matched

),

chosen as (

    select
        named.district_code,
        named.reporting_month,
        named.item_number,
        named.measure_number,
        named.reported_on,
        named.place,
        named.written,
        in_order.file_name,
        in_order.sha256,
        in_order.received_on,
        case
            when in_order.sha256 is null then null
            when in_order.is_there_when_named then named.reported_on
            else in_order.received_on
        end as counts_from,
        in_order.sha256 is null and elsewhere.place is not null as is_elsewhere
    from named
    left join in_order
        on
            {{ same_key('named', 'in_order', return_key + ['place']) }}
            and in_order.choice = 1
    left join elsewhere on {{ same_key('named', 'elsewhere', return_key + ['place']) }}

),

days as (

    select
        {{ return_columns }},
        reported_on as valid_from
    from chosen
    union
    select
        {{ return_columns }},
        counts_from as valid_from
    from chosen
    where counts_from is not null

),

by_day as (

    select
        chosen.*,
        days.valid_from,
        coalesce(chosen.counts_from <= days.valid_from, false) as is_found,
        min(case when chosen.counts_from <= days.valid_from then chosen.place end) over (
            partition by
                chosen.district_code, chosen.reporting_month, chosen.item_number, chosen.measure_number, days.valid_from
        ) as place_shown
    from days
    inner join chosen on {{ same_key('days', 'chosen', return_key) }}

),

counted as (

    select
        {{ return_columns }},
        valid_from,
        count(*) as documents_named,
        sum(case when is_found then 1 else 0 end) as documents_found,
        sum(case when is_elsewhere then 1 else 0 end) as documents_elsewhere,
        {{ names_in_order('case when not is_found then written end', ['place']) }} as missing_documents_zh,
        max(case when place = place_shown then file_name end) as file_name,
        max(case when place = place_shown then sha256 end) as sha256,
        max(case when is_found then received_on end) as received_on
    from by_day
    group by {{ return_columns }}, valid_from

),

final as (

    select
        {{ return_columns }},
        valid_from,
        lead(valid_from) over (partition by {{ return_columns }} order by valid_from nulls last) as valid_to,
        documents_named,
        cast(documents_found as bigint) as documents_found,
        cast(documents_elsewhere as bigint) as documents_elsewhere,
        missing_documents_zh,
        file_name,
        sha256,
        received_on
    from counted

)

select * from final
