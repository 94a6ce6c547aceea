-- One row per submission and problem in it. The owner of a problem is the school (and stage), else the file; what another
-- kind of source says neither solves a problem nor opens it again.
create table candidate.occurrences as
with failures as (

    select
        feed,
        row_id,
        rule_code,
        rule_class
    from candidate.failures
    union
    select
        feed,
        row_id,
        rule_code,
        rule_class
    from candidate.past_failures

),

found as (

    select
        o.school_year,
        o.feed,
        o.school_code,
        o.stage,
        case when o.school_code <> '' then o.source_kind else '' end as source_kind,
        f.source_file,
        f.rule_code,
        f.rule_class,
        f.column_zh,
        f.submission,
        cast(null as bigint) as row_id
    from candidate.faults as f
    inner join candidate.owned_rows as o
        on
            f.feed = o.feed and f.submission = o.submission and f.source_file = o.source_file
            and f.sheet = o.sheet and f.row_number = o.row_number and f.part = o.part
    left join candidate.verdicts as v on o.feed = v.feed and o.row_id = v.row_id and v.verdict = 'accepted'
    left join candidate.units_in_force as u
        on v.feed = u.feed and v.unit_key = u.unit_key and v.source_kind <> u.source_kind
    left join candidate.taken_cells as k
        on o.feed = k.feed and o.row_id = k.row_id and f.column_name = k.column_name
    where
        f.severity in ('quarantine_row', 'warn') and f.row_number is not null
        -- a blank is none that another source fills, or in a row behind that of another source
        and not (f.rule_code = 'BLANK_CELL' and (k.row_id is not null or u.unit_key is not null))
    union all
    select
        f.school_year,
        f.feed,
        '' as school_code,
        '' as stage,
        '' as source_kind,
        f.source_file,
        f.rule_code,
        f.rule_class,
        f.column_zh,
        f.submission,
        null as row_id
    from candidate.faults as f
    where f.severity in ('reject_file', 'hold') or (f.severity = 'warn' and f.row_number is null)
    union all
    select
        o.school_year,
        o.feed,
        o.school_code,
        o.stage,
        case when o.school_code <> '' then o.source_kind else '' end as source_kind,
        o.source_file,
        x.rule_code,
        x.rule_class,
        '' as column_zh,
        o.submission,
        x.row_id
    from failures as x
    inner join candidate.owned_rows as o on x.feed = o.feed and x.row_id = o.row_id

)

select
    school_year,
    feed,
    school_code,
    stage,
    source_kind,
    source_file,
    rule_code,
    rule_class,
    column_zh,
    submission,
    row_id,
    case when school_code = '' then source_file else '' end as owner_file
from found
