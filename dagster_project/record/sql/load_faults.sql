-- sqlfluff:templater:jinja:context:files:raw.faults
insert into candidate.faults by name
-- a hold concerns its file as a whole too: findings without sheet and feed
with held as (

    select
        submission,
        source_file,
        sheet,
        feed,
        school_code,
        effective,
        verdict
    from candidate.held_sheets
    union all
    select
        submission,
        source_file,
        '' as sheet,
        '' as feed,
        null as school_code,
        max(effective) as effective,
        max(verdict) as verdict
    from candidate.held_sheets
    group by submission, source_file

)

select
    f.sha256,
    f.source_file,
    f.school_year,
    f.severity,
    f.rule_class,
    f.rule_code,
    f.message_zh,
    f.sheet,
    f.feed,
    f.part,
    f.row_number,
    f.column_name,
    f.column_zh,
    f.cell,
    f.value,
    f.school_code,
    f.school_name,
    coalesce(h.effective, f.submission) as submission
from {{ files }} as f
left join held as h
    on
        f.submission = h.submission and f.source_file = h.source_file and f.sheet = h.sheet and f.feed = h.feed
        and (h.school_code is null or f.school_code = h.school_code)
where
    h.submission is null
    -- while a sheet waits for a decision only the hold is listed; its other findings once it is accepted
    or (f.severity = 'hold' and h.verdict is null)
    or (f.severity <> 'hold' and (h.effective is not null or h.feed = ''))
