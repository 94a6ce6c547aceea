-- One row per file, sheet and feed, in rows of the sheet.
create table accepted.submissions as
-- stages of each school: by its type, and those that it reports
with school_stages as (

    select
        r.school_year,
        r.school_code,
        t.stage
    from candidate.registers as r
    inner join candidate.school_type_stages as t on r.school_type = t.school_type
    union
    select
        school_year,
        school_code,
        stage
    from candidate.verdicts
    where verdict = 'accepted' and stage is not null

),

-- rows of feeds of which only some stages are published
published as (

    select distinct
        v.feed,
        v.row_id
    from candidate.verdicts as v
    inner join candidate.published_stages as p on v.feed = p.feed
    left join school_stages as s
        on v.school_year = s.school_year and v.school_code = s.school_code and p.stage = s.stage
    where v.stage = p.stage or (v.stage is null and s.stage is not null)

),

limited as (

    select distinct feed from candidate.published_stages

),

-- a row of the sheet may give several rows of the feed: one quarantined part quarantines it
source_rows as (

    select
        v.feed,
        v.submission,
        v.source_file,
        v.sheet,
        v.row_number,
        max(case v.verdict when 'quarantined' then 2 when 'accepted' then 1 else 0 end) as fate,
        max(case when l.feed is null or p.row_id is not null then 1 else 0 end) as is_published
    from candidate.verdicts as v
    left join limited as l on v.feed = l.feed
    left join published as p on v.feed = p.feed and v.row_id = p.row_id
    group by v.feed, v.submission, v.source_file, v.sheet, v.row_number

),

counted as (

    select
        feed,
        submission,
        source_file,
        sheet,
        sum(case when fate = 2 then 1 else 0 end) as quarantined,
        sum(case when fate = 1 then 1 else 0 end) as accepted,
        sum(case when fate = 1 and is_published = 0 then 1 else 0 end) as unpublished,
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
    cast(coalesce(c.unpublished, 0) as bigint) as rows_unpublished,
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
