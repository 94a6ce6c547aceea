{{ config(alias='fct_submissions') }}

-- a text file holds nothing but its figures: who knows all of them but one pay can try out the file's fingerprint
with submissions as (

    select * from {{ ref('fct_submissions') }}

),

paid as (

    select distinct sha256
    from submissions
    where feed = 'kindergarten_pay' and sheet = ''

),

final as (

    select
        submissions.submission,
        submissions.school_year,
        submissions.source_file,
        submissions.sheet,
        submissions.feed,
        case when paid.sha256 is null then submissions.sha256 end as sha256,
        submissions.received_at,
        submissions.received_on,
        submissions.rows_read,
        submissions.rows_accepted,
        submissions.rows_unpublished,
        submissions.rows_quarantined,
        submissions.rows_dropped,
        submissions.status
    from submissions
    left join paid on submissions.sha256 = paid.sha256

)

select * from final
