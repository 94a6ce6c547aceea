-- Every name by which a return may point to a file of the vault: with and without its ending, or by its hash.
-- A file that was replaced under its own path goes by the same names: it was there until then.
with files as (

    select * from {{ ref('stg_evidence_files') }}

),

current_paths as (

    select distinct source_path from files
    where is_latest

),

named as (

    select
        files.source_path,
        files.sha256,
        {{ document_key('files.file_name') }} as known_as
    from files
    inner join current_paths on files.source_path = current_paths.source_path
    union
    select
        files.source_path,
        files.sha256,
        {{ document_key("regexp_replace(files.file_name, '[.][^.]*$', '')") }} as known_as
    from files
    inner join current_paths on files.source_path = current_paths.source_path
    where files.file_name like '%.%'
    union
    select
        source_path,
        sha256,
        lower(sha256) as known_as
    from files

),

-- a version that came again after another one has been there since it first came
versions as (

    select
        source_path,
        sha256,
        max(file_name) as file_name,
        max(folder_year) as folder_year,
        max(district_code) as district_code,
        max(record_district_code) as record_district_code,
        max(case when is_latest then 1 else 0 end) = 1 as is_latest,
        case when count(received_on) = count(*) then min(received_on) end as received_on
    from files
    group by source_path, sha256

)

select
    named.known_as,
    versions.file_name,
    versions.folder_year,
    versions.district_code,
    versions.record_district_code,
    versions.sha256,
    versions.received_on,
    versions.is_latest,
    versions.source_path
from named
inner join versions on named.source_path = versions.source_path and named.sha256 = versions.sha256
