-- A problem is open while the latest submission of its owner has it; its age counts from the last time it was opened.
insert into accepted.problem_ages by name
with problems as (

    select
        school_year,
        feed,
        school_code,
        stage,
        source_kind,
        owner_file,
        rule_class,
        rule_code,
        column_zh,
        min(submission) as first_submission
    from candidate.occurrences
    group by all

),

timeline as (

    select
        p.*,
        d.submission,
        max(case when o.submission is not null then 1 else 0 end) as is_present
    from problems as p
    inner join candidate.deliveries as d
        on
            p.first_submission <= d.submission and p.feed = d.feed and p.school_code = d.school_code
            and p.stage = d.stage and p.source_kind = d.source_kind and p.owner_file = d.owner_file
            and coalesce(p.school_year, 0) = coalesce(d.school_year, 0)
    left join candidate.occurrences as o
        on
            d.submission = o.submission and p.feed = o.feed and p.school_code = o.school_code
            and p.stage = o.stage and p.source_kind = o.source_kind and p.owner_file = o.owner_file and p.rule_code = o.rule_code
            and p.column_zh = o.column_zh and coalesce(p.school_year, 0) = coalesce(o.school_year, 0)
    group by all

),

steps as (

    select
        *,
        lag(is_present) over w as was_present,
        lead(submission) over w as next_submission
    from timeline
    window w as (
        partition by school_year, feed, school_code, stage, source_kind, owner_file, rule_class, rule_code, column_zh
        order by submission
    )

),

lives as (

    select
        school_year,
        feed,
        school_code,
        stage,
        source_kind,
        owner_file,
        rule_class,
        rule_code,
        column_zh,
        first_submission,
        max(case when is_present = 1 and was_present = 0 then submission end) as reopened_submission,
        sum(case when is_present = 1 and was_present = 0 then 1 else 0 end) as times_reopened,
        max(case when is_present = 0 and was_present = 1 then submission end) as solved_submission,
        max(case when next_submission is null then is_present end) as is_open
    from steps
    group by all

),

warned as (

    select distinct
        o.feed,
        o.school_year,
        o.school_code,
        o.stage,
        o.source_kind,
        o.rule_code,
        x.row_id,
        e.submission
    from candidate.occurrences as o
    inner join candidate.failures as x on o.feed = x.feed and o.row_id = x.row_id and o.rule_code = x.rule_code
    left join candidate.explained as e
        on
            x.feed = e.feed and x.row_id = e.row_id and x.rule_code = e.rule_code
            and x.column_name = e.column_name and x.observed is not distinct from e.observed
    where x.rule_class = 'experience'

),

-- explained only if each warning of the rule is
explained as (

    select
        feed,
        school_year,
        school_code,
        stage,
        source_kind,
        rule_code,
        max(submission) as submission,
        count(*) = count(submission) as is_whole
    from warned
    group by all

),

withdrawn as (

    select distinct
        source_file,
        feed
    from candidate.settled
    where how = 'withdrawn'

),

dated as (

    select
        l.*,
        o.received_at as opened_at,
        r.received_at as reopened_at,
        m.received_at as solved_at,
        x.received_at as explanation_received_at,
        coalesce(r.received_on, o.received_on) as standing_since,
        m.received_on as solved_on,
        x.received_on as explained_on,
        case
            when l.is_open = 0 then 'mended'
            when w.source_file is not null then 'withdrawn'
            when e.is_whole then 'explained'
            else 'open'
        end as status
    from lives as l
    left join explained as e
        on
            l.feed = e.feed and l.school_year = e.school_year and l.school_code = e.school_code
            and l.stage = e.stage and l.source_kind = e.source_kind and l.rule_code = e.rule_code
    left join withdrawn as w on l.owner_file = w.source_file and l.feed = w.feed and l.rule_class = 'format'
    left join candidate.received_submissions as o on l.first_submission = o.submission
    left join candidate.received_submissions as r on l.reopened_submission = r.submission
    left join candidate.received_submissions as m on l.solved_submission = m.submission
    left join candidate.received_submissions as x on e.submission = x.submission

)

select
    d.school_year,
    d.feed,
    d.school_code,
    d.stage,
    d.owner_file as source_file,
    d.rule_class as class,
    d.rule_code,
    d.column_zh,
    d.status,
    d.opened_at,
    d.reopened_at,
    case when d.status = 'mended' then d.solved_at end as mended_at,
    case when d.status = 'explained' then d.explanation_received_at end as explained_at,
    cast(d.times_reopened as bigint) as times_reopened,
    -- when a file was taken away is not known
    case when d.status <> 'withdrawn' then greatest(date_diff(
        'day',
        d.standing_since,
        case d.status
            when 'mended' then d.solved_on
            when 'explained' then d.explained_on
            else greatest(c.as_of, d.standing_since)
        end
    ), 0) end as days_standing
from dated as d
cross join accepted.build_context as c
-- of a problem that several kinds of sources have, the one that isn't solved is listed
qualify row_number() over (
    partition by d.school_year, d.feed, d.school_code, d.stage, d.owner_file, d.rule_class, d.rule_code, d.column_zh
    order by d.is_open desc, d.status = 'explained', coalesce(d.reopened_submission, d.first_submission)
) = 1
