-- Every name by which a return may point to a file of the vault: with and without its ending, or by its hash.
with files as (

    select * from {{ ref('stg_evidence_files') }}

),

named as (

    select
        source_path,
        sha256,
        file_name as known_as
    from files
    where is_latest
    union all
    select
        source_path,
        sha256,
        regexp_replace(file_name, '[.][^.]*$', '') as known_as
    from files
    where is_latest and file_name like '%.%'
    union all
    select
        source_path,
        sha256,
        lower(sha256) as known_as
    from files

)

select
    named.known_as,
    files.file_name,
    files.folder_year,
    files.sha256,
    files.received_on,
    files.source_path
from named
inner join files on named.source_path = files.source_path and named.sha256 = files.sha256
