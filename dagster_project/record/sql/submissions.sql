-- One row per file, sheet and feed, in rows of the sheet.
create table accepted.submissions as
-- a row of the sheet may give several rows of the feed: one quarantined part quarantines it
with source_rows as (

    select
        feed,
        submission,
        source_file,
        sheet,
        row_number,
        max(case verdict when 'quarantined' then 2 when 'accepted' then 1 else 0 end) as fate
    from candidate.verdicts
    group by feed, submission, source_file, sheet, row_number

),

counted as (

    select
        feed,
        submission,
        source_file,
        sheet,
        sum(case when fate = 2 then 1 else 0 end) as quarantined,
        sum(case when fate = 1 then 1 else 0 end) as accepted,
        sum(case when fate = 0 then 1 else 0 end) as repeated
    from source_rows
    group by feed, submission, source_file, sheet

)

select
    s.submission,
    s.source_file,
    s.sheet,
    s.feed,
    s.school_year,
    s.sha256,
    s.received_at,
    s.received_on,
    s.rows_read,
    cast(coalesce(c.accepted, 0) as bigint) as rows_accepted,
    cast(coalesce(c.quarantined, 0) as bigint) as rows_quarantined,
    cast(s.rows_dropped + coalesce(c.repeated, 0) as bigint) as rows_dropped,
    case
        when s.status = 'accepted' and s.nil_returns > 0 and s.rows_read = s.rows_dropped then 'nil'
        when s.status = 'accepted' and s.rows_read = s.rows_dropped then 'unfilled'
        else s.status
    end as status
from candidate.sheets as s
left join counted as c
    on s.feed = c.feed and s.submission = c.submission and s.source_file = c.source_file and s.sheet = c.sheet
