-- The problem list: what is still to be done. Findings of files that a later one of the same name replaced are left out,
-- as are those of refused files that were corrected under another name or withdrawn, and those of sheets and rows that
-- later returns replaced.
create table accepted.problems as
with latest as (

    select
        source_file,
        max(submission) as submission
    from candidate.sheets
    where status <> 'held'
    group by source_file

),

listed as (

    select distinct
        feed,
        source_file,
        sha256,
        sheet,
        row_number
    from candidate.listed_rows

),

names as (

    select
        school_year,
        school_code,
        min(school_name) as school_name
    from accepted.schools
    group by school_year, school_code

),

-- sheets of which rows were accepted and none counts any longer
replaced_sheets as (

    select
        v.source_file,
        v.submission,
        v.sheet,
        -- findings about headings name no feed
        coalesce(v.feed, '') as feed
    from candidate.verdicts as v
    left join candidate.latest_rows as r on v.feed = r.feed and v.row_id = r.row_id
    group by grouping sets ((v.source_file, v.submission, v.sheet, v.feed), (v.source_file, v.submission, v.sheet))
    having
        count(case when v.verdict = 'accepted' then 1 end) > 0 and count(r.row_id) = 0
        and count(case when v.verdict = 'quarantined' then 1 end) = 0

),

parsed as (

    select
        f.school_year,
        f.severity,
        f.rule_class,
        f.rule_code,
        f.source_file,
        f.sheet,
        f.cell,
        f.feed,
        f.school_code,
        f.school_name,
        f.column_zh,
        f.value,
        f.message_zh,
        f.row_number,
        f.submission
    from candidate.faults as f
    left join latest as l on f.source_file = l.source_file and f.submission = l.submission
    left join listed as q
        on
            f.feed = q.feed and f.source_file = q.source_file and f.sha256 = q.sha256
            and f.sheet = q.sheet and f.row_number = q.row_number
    left join candidate.verdicts as v
        on
            f.feed = v.feed and f.submission = v.submission and f.source_file = v.source_file
            and f.sheet = v.sheet and f.row_number = v.row_number and f.part = v.part
    left join candidate.rows_in_force as i on v.feed = i.feed and v.row_id = i.row_id
    left join candidate.latest_rows as t on v.feed = t.feed and v.row_id = t.row_id
    left join candidate.settled as s
        on f.source_file = s.source_file and f.submission = s.submission and f.sheet = s.sheet and f.feed = s.feed
    left join replaced_sheets as r
        on f.source_file = r.source_file and f.submission = r.submission and f.sheet = r.sheet and f.feed = r.feed
    left join candidate.taken_cells as k
        on i.feed = k.feed and i.row_id = k.row_id and f.column_name = k.column_name
    where
        s.source_file is null
        and case
            -- rows of a roster are not kept, and a finding about them has no row number
            when f.severity = 'quarantine_row' and f.row_number is not null then q.row_number is not null
            when f.severity = 'quarantine_row' and r.source_file is not null then false
            -- a blank that another source fills is none
            when f.rule_code = 'BLANK_CELL' then i.row_id is not null and k.row_id is null
            when f.severity = 'hold' then true
            when f.severity = 'warn' and v.verdict = 'accepted' and t.row_id is null then false
            when f.severity = 'warn' and r.source_file is not null then false
            else l.submission is not null
        end

),

judged as (

    select
        v.school_year,
        x.severity,
        x.rule_class,
        x.rule_code,
        v.source_file,
        {{ own_sheet('m.letters', 'v.sheet') }} as sheet,
        coalesce({{ first_cell('m.letters', 'v.row_number') }}, '') as cell,
        x.feed,
        v.school_code,
        v.school_name,
        coalesce(c.column_zh, '') as column_zh,
        case when c.is_pay then '' else coalesce(x.value, '') end as value,
        x.message_zh,
        v.row_number,
        v.submission,
        -- what is wrong with a school's code or name is wrong in each of its rows
        case
            when x.column_name in ('school_code', 'school_name') and not k.is_conflict
                then concat_ws('|', x.feed, v.source_file, v.submission, v.sheet, v.school_code, x.message_zh)
        end as cause
    from candidate.failures as x
    -- the cell may come from a row of another source
    left join candidate.taken_cells as t
        on x.feed = t.feed and x.row_id = t.row_id and x.column_name = t.column_name
    inner join candidate.verdicts as v on x.feed = v.feed and coalesce(t.taken_row_id, x.row_id) = v.row_id
    inner join candidate.context as k on x.feed = k.feed and x.row_id = k.row_id
    left join accepted.column_maps as m
        on
            x.feed = m.feed and v.source_file = m.source_file and v.sha256 = m.sha256
            and v.sheet = m.sheet and v.part = m.part and x.column_name = m.column_name
    left join candidate.columns as c on x.feed = c.feed and x.column_name = c.column_name
    left join listed as q
        on
            x.feed = q.feed and v.source_file = q.source_file and v.sha256 = q.sha256
            and v.sheet = q.sheet and v.row_number = q.row_number
    left join candidate.explained as e
        on
            x.feed = e.feed and x.row_id = e.row_id and x.rule_code = e.rule_code
            and x.column_name = e.column_name and x.observed is not distinct from e.observed
    where (x.severity <> 'quarantine_row' or q.row_number is not null) and e.row_id is null

),

rows_per_cause as (

    select
        cause,
        count(distinct row_number) as row_count
    from judged
    where cause is not null
    group by cause

),

-- said once per school and sheet, at the first of its rows, with the number of rows that it concerns
said_once as (

    select
        j.* exclude (message_zh, cause), -- noqa: RF02
        j.message_zh
        || case when r.row_count > 1 then '（这张表里该校共 ' || r.row_count || ' 行）' else '' end as message_zh
    from judged as j
    left join rows_per_cause as r on j.cause = r.cause
    qualify
        j.cause is null
        or row_number() over (
            partition by j.cause
            order by j.row_number, j.cell
        ) = 1

),

-- rows of other returns that wait for a row of the register
waiting as (

    select
        v.school_year,
        v.school_code,
        count(distinct v.feed || '|' || v.row_id) as row_count
    from candidate.verdicts as v
    inner join listed as q
        on
            v.feed = q.feed and v.source_file = q.source_file and v.sha256 = q.sha256
            and v.sheet = q.sheet and v.row_number = q.row_number
    where v.verdict = 'quarantined' and v.feed <> 'schools'
    group by v.school_year, v.school_code

),

united as (

    select * from parsed
    union all by name
    select * from said_once

)

select distinct
    u.school_year,
    u.severity,
    u.rule_class as class,
    u.rule_code,
    u.source_file,
    u.sheet,
    u.cell,
    u.feed,
    coalesce(u.school_code, '') as school_code,
    coalesce(nullif(u.school_name, ''), n.school_name, '') as school_name,
    u.column_zh,
    u.value,
    u.message_zh
    || case when w.row_count > 0 then '（该校其他报表有 ' || w.row_count || ' 行在等这一行）' else '' end
        as message_zh,
    u.row_number
from united as u
left join names as n on u.school_year = n.school_year and u.school_code = n.school_code
left join waiting as w
    on
        u.feed = 'schools' and u.severity = 'quarantine_row'
        and u.school_year = w.school_year and u.school_code = w.school_code
where u.severity <> 'note'
