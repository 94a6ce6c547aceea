-- A signature of all returns of a year stands for each of them; of several the one whose page is in the vault.
with feeds as (

    select feed from {{ ref('stg_feeds') }}
    where owed_by = 'school' and scope <> 'ledger'

),

files as (

    select
        file_name,
        regexp_replace(file_name, '[.][^.]*$', '') as stem,
        lower(sha256) as sha256
    from {{ ref('stg_evidence_files') }}

),

pages as (

    select file_name as known_as from files
    union
    select stem as known_as from files
    union
    select sha256 as known_as from files

),

signed as (

    select
        signatures.school_code,
        signatures.figure_year as school_year,
        feeds.feed,
        signatures.signed_by_post,
        signatures.signed_on,
        signatures.evidence_zh,
        pages.known_as is not null as is_page_in_vault,
        row_number() over (
            partition by signatures.school_code, signatures.figure_year, feeds.feed
            order by case when pages.known_as is null then 1 else 0 end, signatures.signed_on, signatures.signed_feed
        ) as place
    from {{ ref('stg_return_signatures') }} as signatures
    inner join feeds on signatures.signed_feed = 'all' or signatures.signed_feed = feeds.feed
    left join pages on signatures.evidence_zh = pages.known_as

)

select
    school_code,
    school_year,
    feed,
    signed_by_post,
    signed_on,
    evidence_zh,
    is_page_in_vault
from signed
where place = 1
