-- A signature of all returns of a year stands for each of them; of several the last one whose pages are in the vault. A
-- page counts where it lies in the folder of the year, is the latest version, and is of the school's own district.
{% set signature_key = ['school_code', 'school_year', 'signed_feed'] %}
with feeds as (

    select feed from {{ ref('stg_feeds') }}
    where owed_by = 'school' and scope <> 'ledger'

),

signatures as (

    select
        signatures.school_code,
        signatures.figure_year as school_year,
        signatures.signed_feed,
        registers.district_code,
        signatures.signed_by_post,
        signatures.signed_on,
        signatures.evidence_zh,
        cast(null as string) as evidence_sha256
    from {{ ref('stg_return_signatures') }} as signatures
    inner join {{ ref('int_registers') }} as registers
        on
            signatures.figure_year = registers.school_year
            and signatures.school_code = registers.school_code

),

{{ named_documents('signatures', ref('int_evidence_names'), signature_key + ['district_code', 'signed_on']) }}

matched as (

    select
        named.*,
        files.source_path,
        files.sha256,
        files.district_code as folder_district_code
    from named
    inner join {{ ref('int_evidence_names') }} as files
        on
            named.known_as = files.known_as
            and {{ is_of_record('files', 'named') }}
            and named.school_year = files.folder_year
    where files.is_latest

),

{{ file_owners('matched', 'signed_on') }}

found as (

    select distinct
        matched.school_code,
        matched.school_year,
        matched.signed_feed,
        matched.place
    from matched
    left join owners on matched.source_path = owners.source_path and matched.sha256 = owners.sha256
    where matched.district_code = coalesce(matched.folder_district_code, owners.district_code)

),

pages as (

    select
        named.school_code,
        named.school_year,
        named.signed_feed,
        count(*) = count(found.place) as is_page_in_vault
    from named
    left join found on {{ same_key('named', 'found', signature_key + ['place']) }}
    group by named.school_code, named.school_year, named.signed_feed

),

signed as (

    select
        signatures.*,
        feeds.feed,
        coalesce(pages.is_page_in_vault, false) as is_page_in_vault,
        row_number() over (
            partition by signatures.school_code, signatures.school_year, feeds.feed
            order by
                case when pages.is_page_in_vault then 0 else 1 end asc,
                signatures.signed_on desc,
                signatures.signed_feed asc nulls last
        ) as place
    from signatures
    inner join feeds on signatures.signed_feed = 'all' or signatures.signed_feed = feeds.feed
    left join pages on {{ same_key('signatures', 'pages', signature_key) }}

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
