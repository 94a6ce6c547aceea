-- Quarantined rows that the problem list names: of the submission in force, of a later one (it replaces nothing, but was
-- sent), and all where nothing is in force; a row of no known school only as long as its file isn't sent again. Each kind
-- of source is looked at by itself. One row per row and school it may belong to. `counts` is true for those that make a
-- figure unknown: of the submission in force, or where nothing of any source is in force.
create table candidate.listed_rows as
with quarantined as (

    select
        v.*,
        f.is_ledger
    from candidate.verdicts as v
    inner join candidate.feeds as f on v.feed = f.feed
    where v.verdict = 'quarantined'

),

-- a row of a school year: of the school (and stage) it may belong to
by_school as (

    select
        q.feed,
        q.row_id,
        s.school_code,
        max(case when u.source_kind = q.source_kind then u.submission end) as submission_in_force,
        max(case when u.is_in_force then 1 else 0 end) = 1 as has_rows_in_force,
        max(
            case when u.is_in_force and u.source_kind = q.source_kind and u.submission = q.submission then 1 else 0 end
        ) = 1 as is_in_force
    from quarantined as q
    inner join candidate.suspects as s on q.feed = s.feed and q.row_id = s.row_id
    left join candidate.units_by_kind as u
        on
            q.feed = u.feed and q.school_year = u.school_year and s.school_code = u.school_code
            and (u.stage is null or q.stage is null or q.stage = u.stage)
    group by q.feed, q.row_id, s.school_code

),

-- a row of a ledger: of its own key alone
by_key as (

    select
        q.feed,
        q.row_id,
        q.school_code,
        max(case when u.source_kind = q.source_kind then u.submission end) as submission_in_force,
        max(case when u.is_in_force then 1 else 0 end) = 1 as has_rows_in_force,
        max(
            case when u.is_in_force and u.source_kind = q.source_kind and u.submission = q.submission then 1 else 0 end
        ) = 1 as is_in_force
    from quarantined as q
    left join candidate.units_by_kind as u on q.feed = u.feed and q.unit_key = u.unit_key
    where q.is_ledger
    group by q.feed, q.row_id, q.school_code

),

placed as (

    select * from by_school
    union all
    select * from by_key

),

-- the last submission that brought rows under a file's name
sent_again as (

    select
        source_file,
        max(submission) as submission
    from candidate.verdicts
    group by source_file

)

select distinct
    q.school_year,
    q.feed,
    p.school_code,
    q.stage,
    q.district_code,
    q.source_file,
    q.sha256,
    q.sheet,
    q.row_number,
    q.row_id,
    p.is_in_force or not coalesce(p.has_rows_in_force, false) as counts
from quarantined as q
left join placed as p on q.feed = p.feed and q.row_id = p.row_id
left join sent_again as a on q.source_file = a.source_file
where
    (p.submission_in_force is null or p.submission_in_force <= q.submission)
    -- a row that may belong to any school is corrected by sending its file again
    and (p.row_id is not null or q.submission = a.submission)
