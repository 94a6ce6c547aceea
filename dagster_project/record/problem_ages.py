"""How long a problem has stood: opened, mended, explained, opened again; by school and rule, from the record alone.

A problem is opened by the first submission of a school (for what has no school: of a file) that has it, and
mended by the next one of that school and feed that has it no more. Nothing is remembered from release to
release: the record says it all, so any release can be built again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_project.intake.feeds import load_feeds

if TYPE_CHECKING:
    import duckdb


def load(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `accepted.problem_ages`.

    Args:
        con: build connection; candidates, verdicts, failures, faults and explanations are there.
    """
    con.execute("create table candidate.owned_rows as " + _owned_rows())
    con.execute(_OCCURRENCES)
    con.execute(_DELIVERIES)
    con.execute(_AGES)


def _owned_rows() -> str:
    """Every row ever received with who it belongs to: the school (and stage), else the file."""
    parts = []
    for feed in load_feeds().values():
        owner = "c.school_code" if feed.has_schools else "cast(null as varchar)"
        stage = "coalesce(c.stage, '')" if "stage" in feed.unit_key and not feed.is_ledger else "''"
        parts.append(
            f"select '{feed.feed}' as feed, c.row_id, c.submission, c.source_file, c.sha256, c.sheet, c.row_number, c.part,"
            f" c.school_year, coalesce({owner}, '') as school_code, {stage} as stage"
            f" from candidate.{feed.feed} as c"
        )
    return " union all ".join(parts)


_OCCURRENCES = """
    create table candidate.occurrences as
    with found as (
        select o.school_year, o.feed, o.school_code, o.stage, f.source_file, f.rule_code, f.rule_class as class,
            f.column_zh, f.submission, cast(null as bigint) as row_id
        from candidate.faults as f
        inner join candidate.owned_rows as o
            on f.feed = o.feed and f.submission = o.submission and f.source_file = o.source_file
                and f.sheet = o.sheet and f.row_number = o.row_number and f.part = o.part
        where f.severity in ('quarantine_row', 'warn') and f.row_number is not null
        union all
        select f.school_year, f.feed, '', '', f.source_file, f.rule_code, f.rule_class, f.column_zh, f.submission, null
        from candidate.faults as f
        where f.severity in ('reject_file', 'hold') or f.row_number is null
        union all
        select o.school_year, o.feed, o.school_code, o.stage, o.source_file, x.rule_code, x.class, '', o.submission, x.row_id
        from (
            select feed, row_id, rule_code, class from candidate.failures
            union
            select feed, row_id, rule_code, class from candidate.past_failures
        ) as x
        inner join candidate.owned_rows as o using (feed, row_id)
    )

    select *, case when school_code = '' then source_file else '' end as owner_file
    from found
"""

_DELIVERIES = """
    create table candidate.deliveries as
    select distinct school_year, feed, school_code, stage, '' as owner_file, submission
    from candidate.owned_rows where school_code <> ''
    union
    select distinct school_year, feed, '', '', source_file, submission from candidate.owned_rows
    union
    select distinct school_year, '', '', '', source_file, submission from candidate.sheets
    union
    select distinct school_year, feed, school_code, stage, owner_file, submission from candidate.occurrences
"""

_AGES = """
    insert into accepted.problem_ages by name
    with problems as (
        select school_year, feed, school_code, stage, owner_file, class, rule_code, column_zh,
            min(submission) as first_submission
        from candidate.occurrences
        group by all
    ),

    timeline as (
        select p.*, d.submission,
            max(case when o.submission is not null then 1 else 0 end) as is_present
        from problems as p
        inner join candidate.deliveries as d
            on d.submission >= p.first_submission and p.feed = d.feed and p.school_code = d.school_code
                and p.stage = d.stage and p.owner_file = d.owner_file
                and coalesce(p.school_year, 0) = coalesce(d.school_year, 0)
        left join candidate.occurrences as o
            on o.submission = d.submission and p.feed = o.feed and p.school_code = o.school_code
                and p.stage = o.stage and p.owner_file = o.owner_file and p.rule_code = o.rule_code
                and p.column_zh = o.column_zh and coalesce(p.school_year, 0) = coalesce(o.school_year, 0)
        group by all
    ),

    steps as (
        select *,
            lag(is_present) over w as was_present,
            lead(submission) over w as next_submission
        from timeline
        window w as (
            partition by school_year, feed, school_code, stage, owner_file, class, rule_code, column_zh
            order by submission
        )
    ),

    lives as (
        select school_year, feed, school_code, stage, owner_file, class, rule_code, column_zh, first_submission,
            max(case when is_present = 1 and was_present = 0 then submission end) as reopened_submission,
            sum(case when is_present = 1 and was_present = 0 then 1 else 0 end) as times_reopened,
            max(case when is_present = 0 and was_present = 1 then submission end) as mended_submission,
            max(case when next_submission is null then is_present end) as is_open
        from steps
        group by all
    ),

    received as (
        select submission, min(received_at) as received_at
        from (
            select submission, received_at from candidate.sheets
            union all
            select submission, decided_at from candidate.decided
        )
        group by submission
    ),

    explained as (
        select feed, school_year, school_code, stage, rule_code, max(submission) as submission,
            count(*) = count(submission) as is_whole
        from (
            select distinct o.feed, o.school_year, o.school_code, o.stage, o.rule_code, x.row_id, e.submission
            from candidate.occurrences as o
            inner join candidate.failures as x on o.feed = x.feed and o.row_id = x.row_id and o.rule_code = x.rule_code
            left join candidate.explained as e on x.feed = e.feed and x.row_id = e.row_id and x.rule_code = e.rule_code
            where x.class = 'experience'
        )
        group by all
    ),

    dated as (
        select l.*, o.received_at as opened_at, r.received_at as reopened_at, m.received_at as last_mended_at,
            x.received_at as explanation_received_at,
            case
                when l.is_open = 0 then 'mended'
                when e.is_whole then 'explained'
                else 'open'
            end as status
        from lives as l
        left join explained as e
            on l.feed = e.feed and l.school_year = e.school_year and l.school_code = e.school_code
                and l.stage = e.stage and l.rule_code = e.rule_code
        left join received as o on l.first_submission = o.submission
        left join received as r on l.reopened_submission = r.submission
        left join received as m on l.mended_submission = m.submission
        left join received as x on e.submission = x.submission
    )

    select
        d.school_year, d.feed, d.school_code, d.stage, d.owner_file as source_file, d.class, d.rule_code, d.column_zh,
        d.status,
        d.opened_at,
        d.reopened_at,
        case when d.status = 'mended' then d.last_mended_at end as mended_at,
        case when d.status = 'explained' then d.explanation_received_at end as explained_at,
        cast(d.times_reopened as bigint) as times_reopened,
        greatest(date_diff(
            'day',
            cast(coalesce(d.reopened_at, d.opened_at) as date),
            case d.status
                when 'mended' then cast(d.last_mended_at as date)
                when 'explained' then cast(d.explanation_received_at as date)
                else greatest(c.as_of, cast(coalesce(d.reopened_at, d.opened_at) as date))
            end
        ), 0) as days_standing
    from dated as d
    cross join accepted.build_context as c
"""
