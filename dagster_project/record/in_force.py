"""Which rows are in force: judged anew at every build from the whole record.

Order: rows of one submission are united (equal ones collapse, contradictory ones are all put aside) →
logic rules → the latest submission with accepted rows of a school (and stage) is in force → experience
rules warn on what is in force. The register comes first, because every other row is checked against it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dagster_project.core.homes import Home
from dagster_project.core.privacy import mask_personal_numbers
from dagster_project.intake.feeds import Feed, load_feeds
from dagster_project.intake.vault import Manifest
from dagster_project.record import corrections, problem_ages, record_tables, rule_catalogue
from dagster_project.record.corrections import Correction
from dagster_project.record.rules import RuleClass
from dagster_project.record.suites import Failure

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

#: Judges the rows of some feeds: (connection, relation per feed, rule class) → failures per feed.
Judge = Callable[["duckdb.DuckDBPyConnection", Mapping[str, str], RuleClass], dict[str, list[Failure]]]

_CONTEXT = """
    submission bigint, sha256 varchar, source_file varchar, sheet varchar, row_number bigint,
    part bigint, has_fault boolean, lookup_name varchar, school_year integer
"""
_PROVENANCE = "source_file, sha256, sheet, row_number, part"


def resolve(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    manifest: Manifest,
    judge: Judge,
    as_of: dt.date,
    mended: Sequence[Correction] = (),
) -> None:
    """Fill schema `accepted` of the build database from the record.

    Args:
        con: connection to the new build file.
        home: where the raw rows lie.
        manifest: closed submissions.
        judge: runs the expectation suites.
        as_of: date the build speaks for.
        mended: known wrong cells, mended before anything is judged.

    Raises:
        StaleCorrection: an entry of `mended` no longer fits what was received.
    """
    con.execute("create schema if not exists candidate")
    con.execute("create schema if not exists accepted")
    con.execute("create table accepted.build_context as select cast(? as date) as as_of", [as_of])
    con.execute(
        "create table candidate.failures (feed varchar, row_id bigint, rule_code varchar, class varchar,"
        " severity varchar, column_name varchar, value varchar, message_zh varchar, observed varchar)"
    )
    con.execute("create table candidate.past_failures as select * from candidate.failures")
    record_tables.create(con)
    rule_catalogue.load(con)
    corrections.check_places(home, manifest, mended)
    _list_holds(con, manifest)
    _load_faults(con, home, manifest)
    feeds = load_feeds()
    register = feeds["schools"]
    for together in ([register], [feed for feed in feeds.values() if feed is not register]):
        for feed in together:
            _load_candidates(con, home, manifest, feed)
            corrections.apply(con, manifest, feed, mended)
            _look_up_codes(con, feed)
            _mark_context(con, feed)
        judged = judge(con, {feed.feed: f"candidate.{feed.feed}_judged" for feed in together}, "logic")
        for feed in together:
            _record_failures(con, feed.feed, judged[feed.feed])
            _settle(con, feed)
    _count_quarantined(con)
    in_force = {
        name: _with_register(con, feed, f"accepted.{name}", f"candidate.{name}_warned")
        for name, feed in feeds.items()
    }
    for name, failing in judge(con, in_force, "experience").items():
        _record_failures(con, name, failing)
    _judge_the_past(con, judge)
    _explain(con)
    _list_submissions(con, manifest)
    _list_problems(con)
    problem_ages.load(con)
    _mask_file_names(con)
    _describe_feeds(con)
    record_tables.list_received(con)
    for feed in feeds.values():
        con.execute(f"alter table accepted.{feed.feed} drop column row_id")


def _list_holds(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Sheets that were held: from which place on their rows count (null: they don't), and what was decided."""
    con.execute(
        "create table candidate.held_sheets (submission bigint, source_file varchar, sheet varchar, feed varchar,"
        " effective bigint, verdict varchar)"
    )
    con.execute("create table candidate.decided (submission bigint, decided_at timestamp)")
    for decision in manifest.decisions:
        con.execute(
            "insert into candidate.decided values (?, ?)", [decision["submission"], decision["decided_at"]]
        )
    for file in manifest.holds():
        for sheet in file["sheets"]:
            if sheet["status"] == "held":
                effective = manifest.effective_submission(file, sheet)
                con.execute(
                    "insert into candidate.held_sheets values (?, ?, ?, ?, ?, ?)",
                    [
                        file["submission"],
                        file["path"],
                        sheet["sheet"],
                        sheet["feed"],
                        effective,
                        file["verdict"],
                    ],
                )
        decision = file["decision"] or {}
        con.execute(
            "insert into accepted.holds values (?, ?, ?, ?, ?, ?, ?)",
            [file["hold"], file["school_year"], file["path"], file["received_at"], file["verdict"] or "waiting",
             decision.get("reason", ""), decision.get("decided_at")],
        )  # fmt: skip


def _load_candidates(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, feed: Feed) -> None:
    columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in feed.columns)
    con.execute(f"create table candidate.{feed.feed} (row_id bigint, {_CONTEXT}, {columns})")
    files = [str(home.raw / s["raw"][feed.feed]) for s in manifest.submissions if feed.feed in s["raw"]]
    if files:
        names = ", ".join([*_PROVENANCE.split(", "), "has_fault", "lookup_name", "school_year"])
        names += ", " + ", ".join(c.name for c in feed.columns)
        con.execute(
            f"""
            insert into candidate.{feed.feed} (row_id, submission, {names})
            with received as (
                select r.* replace (coalesce(h.effective, r.submission) as submission)
                from read_parquet(?, union_by_name = true) as r
                left join candidate.held_sheets as h
                    on h.feed = '{feed.feed}' and r.submission = h.submission
                        and r.source_file = h.source_file and r.sheet = h.sheet
                where h.submission is null or h.effective is not null
            )

            select
                row_number() over (order by submission, source_file, sheet, row_number, part), submission, {names}
            from received
            """,
            [files],
        )


def _look_up_codes(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Codes given by an exact, unique name in the register of the year."""
    if feed.feed == "schools" or not feed.has_schools or feed.is_ledger:
        return
    con.execute(
        f"""
        update candidate.{feed.feed} as c
        set school_code = n.school_code, has_fault = false
        from (
            select school_year, school_name, min(school_code) as school_code
            from accepted.schools group by all having count(*) = 1
        ) as n
        where c.lookup_name is not null and c.school_code is null
            and n.school_year = c.school_year and n.school_name = c.lookup_name
        """
    )


def _mark_context(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """What a row can't tell by itself: registered or not, equal or contrary to another of its submission."""
    values = [c.name for c in feed.columns if c.name not in feed.grain]
    compared = [v for v in values if feed.feed == "schools" or v != "school_name"]
    keys = ", ".join([*_year_key(feed), "submission", *feed.grain])
    known = " and ".join(f"{k} is not null" for k in feed.grain)

    def same_key(one: str, other: str) -> str:
        return " and ".join(f"{one}.{k} = {other}.{k}" for k in keys.split(", "))

    place = "concat_ws(' › ', o.source_file, nullif(o.sheet, ''), '第 ' || o.row_number || ' 行')"
    fingerprint = "hash(" + ", ".join([*compared, "has_fault"]) + ")"
    con.execute(
        f"""
        create table candidate.{feed.feed}_context as
        with fingerprints as (
            select row_id, {keys}, has_fault, {known} as is_known, {fingerprint} as fingerprint
            from candidate.{feed.feed}
        ),

        counted as (
            select {keys}, min(fingerprint) <> max(fingerprint) as is_conflict
            from fingerprints
            where is_known
            group by {keys}
        ),

        conflicting as (
            select f.*, {place} as place
            from fingerprints as f
            inner join counted as c on {same_key("f", "c")}
            inner join candidate.{feed.feed} as o using (row_id)
            where c.is_conflict
        ),

        contrary as (
            select f.row_id, arg_min(o.place, o.row_id) as other_row
            from conflicting as f
            inner join conflicting as o on {same_key("f", "o")} and f.fingerprint <> o.fingerprint
            group by f.row_id
        )

        select
            f.row_id,
            coalesce(c.is_conflict, false) as is_conflict,
            t.other_row,
            f.is_known and not f.has_fault and row_number() over (
                partition by f.is_known, {", ".join("f." + k for k in keys.split(", "))}, f.fingerprint order by f.row_id
            ) > 1 as is_repeated
        from fingerprints as f
        left join counted as c on {same_key("f", "c")}
        left join contrary as t using (row_id)
        """
    )
    registered, join = _registered(feed)
    con.execute(
        f"""
        create view candidate.{feed.feed}_judged as
        select c.*, x.is_conflict, x.other_row, {registered}
        from candidate.{feed.feed} as c
        inner join candidate.{feed.feed}_context as x using (row_id)
        {join}
        where not x.is_repeated
        """
    )


def _year_key(feed: Feed) -> list[str]:
    """The school year as part of a key; the rows of a ledger live on over the years."""
    return [] if feed.is_ledger else ["school_year"]


def _registered(feed: Feed) -> tuple[str, str]:
    """Columns that say whether the register knows a row's school (or district), and the join they need."""
    if feed.feed == "schools":
        return (
            "true as is_registered, c.school_name as registered_name, c.district_code as register_district",
            "",
        )
    if not feed.has_schools:
        return (
            "d.district_code is not null as is_registered, null as registered_name,"
            " d.district_code as register_district",
            "left join (select distinct district_code from accepted.schools) as d"
            " on c.district_code = d.district_code",
        )
    register, match = "accepted.schools", "r.school_year = c.school_year and r.school_code = c.school_code"
    if feed.is_ledger:  # a school is the same school whichever year its row comes in
        register = (
            "(select school_code, arg_max(school_name, school_year) as school_name,"
            " arg_max(district_code, school_year) as district_code from accepted.schools group by school_code)"
        )
        match = "r.school_code = c.school_code"
    return (
        "case when c.school_code is not null then r.school_code is not null end as is_registered,"
        " r.school_name as registered_name, r.district_code as register_district",
        f"left join {register} as r on {match}",
    )


def _with_register(con: duckdb.DuckDBPyConnection, feed: Feed, relation: str, view: str) -> str:
    """A view on the relation with what the register says of each row."""
    registered, join = _registered(feed)
    has_name = any(c.name == "school_name" for c in feed.columns) and feed.feed != "schools"
    agrees = "c.school_name is null or c.school_name = r.school_name" if has_name else "true"
    con.execute(
        f"create view {view} as select c.*, {registered}, {agrees} as name_agrees from {relation} as c {join}"
    )
    return view


def _record_failures(
    con: duckdb.DuckDBPyConnection, feed: str, failing: list[Failure], table: str = "failures"
) -> None:
    if failing:
        import pandas as pd

        con.register("failing", pd.DataFrame(failing))
        con.execute(
            f"insert into candidate.{table} select ?, row_id, rule_code, rule_class, severity, column_name,"
            " cast(value as varchar), message_zh, cast(observed as varchar) from failing",
            [feed],
        )
        con.unregister("failing")


def _judge_the_past(con: duckdb.DuckDBPyConnection, judge: Judge) -> None:
    """What the experience rules would say of accepted rows that were replaced since: so a warning can be mended."""
    past: dict[str, str] = {}
    for feed in load_feeds().values():
        name = f"candidate.{feed.feed}_past"
        con.execute(
            f"""
            create table {name} as
            select c.* from candidate.{feed.feed} as c
            inner join candidate.{feed.feed}_verdict as v using (row_id)
            where v.verdict = 'accepted' and c.row_id not in (select row_id from accepted.{feed.feed})
            """
        )
        row = con.execute(f"select count(*) from {name}").fetchone()
        if row and row[0]:
            past[feed.feed] = _with_register(con, feed, name, f"{name}_warned")
    if past:
        for feed_code, failing in judge(con, past, "experience").items():
            _record_failures(con, feed_code, failing, "past_failures")


def _explain(con: duckdb.DuckDBPyConnection) -> None:
    """Warnings that a school explained: the same rule, school, year and value; another value opens it again."""
    rows = " union all ".join(
        f"select '{f.feed}' as feed, row_id, school_code, school_year from accepted.{f.feed}"
        for f in load_feeds().values()
        if f.has_schools
    )
    con.execute(
        f"""
        create table candidate.explained as
        with warned as (
            select x.feed, x.row_id, x.rule_code, x.observed, r.school_code, r.school_year
            from candidate.failures as x
            inner join ({rows}) as r using (feed, row_id)
            where x.class = 'experience'
        ),

        explanations as (
            select e.*, v.submission
            from accepted.explanations as e
            inner join candidate.explanations_verdict as v using (row_id)
        )

        select w.feed, w.row_id, w.rule_code, w.school_code, w.school_year, e.reason, e.approved_by, e.submission
        from warned as w
        inner join explanations as e
            on w.rule_code = e.rule_code and w.school_code = e.school_code and w.school_year = e.explained_year
                and coalesce(
                    abs(try_cast(replace(e.explained_value, ',', '') as double) - try_cast(w.observed as double)) <= 0.005,
                    e.explained_value = w.observed
                )
        """
    )
    # each explanation with what it does now; the value is pay sometimes, so it is not shown
    con.execute(
        """
        insert into accepted.explained by name
        select
            cast(e.explained_year as integer) as school_year, e.school_code, e.rule_code, e.reason, e.approved_by,
            case when count(x.row_id) > 0 then 'in_force' else 'expired' end as status,
            e.source_file, e.row_number
        from accepted.explanations as e
        inner join candidate.explanations_verdict as v using (row_id)
        left join candidate.explained as x
            on x.rule_code = e.rule_code and x.submission = v.submission and x.reason = e.reason
                and x.school_code = e.school_code and x.school_year = e.explained_year
        group by all
        """
    )


def _settle(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Decide row by row, then what is in force for each school (and stage)."""
    unit = ", ".join([*_year_key(feed), *feed.unit_key])
    name = feed.feed
    code = "c.school_code" if feed.has_schools else "cast(null as varchar) as school_code"
    stage = "c.stage" if "stage" in feed.unit_key and not feed.is_ledger else "cast(null as varchar) as stage"
    keys = "".join(f", c.{k} as key_{i}" for i, k in enumerate(feed.unit_key)) if feed.is_ledger else ""
    con.execute(
        f"""
        create table candidate.{name}_verdict as
        with spoilt as (
            select distinct c.submission, c.sha256, c.sheet, c.row_number
            from candidate.{name} as c
            where c.has_fault
                or c.row_id in (
                    select row_id from candidate.failures
                    where feed = '{name}' and severity = 'quarantine_row'
                )
        )

        select
            c.row_id, c.submission, c.sha256, c.source_file, c.sheet, c.row_number, c.part,
            c.school_year, {code}, {stage}{keys},
            case
                when s.row_number is not null then 'quarantined'
                when x.is_repeated then 'repeated'
                else 'accepted'
            end as verdict
        from candidate.{name} as c
        inner join candidate.{name}_context as x using (row_id)
        left join spoilt as s
            on c.submission = s.submission and c.sha256 = s.sha256 and c.sheet = s.sheet
                and c.row_number = s.row_number
        """
    )
    con.execute(
        f"""
        create table candidate.{name}_in_force as
        select {", ".join("c." + k for k in unit.split(", "))}, max(v.submission) as submission
        from candidate.{name}_verdict as v
        inner join candidate.{name} as c using (row_id)
        where v.verdict = 'accepted'
        group by all
        """
    )
    columns = ", ".join("c." + column.name for column in feed.columns)
    match = " and ".join(f"c.{k} = f.{k}" for k in [*unit.split(", "), "submission"])
    con.execute(
        f"""
        create table accepted.{name} as
        select c.row_id, c.school_year, {columns}, c.source_file, c.sha256, c.sheet, c.row_number, c.part
        from candidate.{name} as c
        inner join candidate.{name}_verdict as v using (row_id)
        inner join candidate.{name}_in_force as f on {match}
        where v.verdict = 'accepted'
        order by c.school_year, c.row_id
        """
    )


def _count_quarantined(con: duckdb.DuckDBPyConnection) -> None:
    """Quarantined rows that count: of the submission in force, or where none is.

    A row whose code can't be read, or isn't registered, is laid at the door of the school whose exact
    name it bears, else (class rows) of the schools whose rows stand next to it: a class that can't be
    placed makes their pupils unknown instead of too few.
    """
    con.execute(
        "create table accepted.quarantined_rows (school_year integer, feed varchar, school_code varchar,"
        " stage varchar, source_file varchar, sha256 varchar, sheet varchar, row_number bigint, row_id bigint)"
    )
    # the problem list also names rows of a later return than the one in force: they replace nothing, but were sent
    con.execute("create table candidate.listed_rows as select * from accepted.quarantined_rows")
    for feed in load_feeds().values():
        name = feed.feed
        if feed.is_ledger:
            _count_quarantined_in_ledger(con, feed)
            continue
        has_name = any(c.name == "school_name" for c in feed.columns)
        con.execute(
            f"""
            create table candidate.{name}_suspects as
            with quarantined as (
                select v.*, {"c.school_name" if has_name else "null"} as school_name
                from candidate.{name}_verdict as v
                inner join candidate.{name} as c using (row_id)
                where v.verdict = 'quarantined'
            ),

            registered as (
                select school_year, school_code, school_name from {_register(name)}
            ),

            unique_names as (
                select school_year, school_name, min(school_code) as school_code
                from registered group by all having count(*) = 1
            ),

            placed as (
                select q.*, r.school_code as known_code, n.school_code as named_code
                from quarantined as q
                left join (select distinct school_year, school_code from registered) as r
                    using (school_year, school_code)
                left join unique_names as n
                    on q.school_year = n.school_year and q.school_name = n.school_name
            )

            select row_id, coalesce(known_code, named_code) as school_code
            from placed
            where coalesce(known_code, named_code) is not null
            union
            {_neighbours(name)}
            """
        )
        stage_match = "and (v.stage = f.stage or v.stage is null)" if "stage" in feed.unit_key else ""
        match = f"v.school_year = f.school_year and s.school_code = f.school_code {stage_match}"
        con.execute(
            f"""
            insert into candidate.listed_rows
            with in_force as (
                select v.row_id, s.school_code, max(f.submission) as submission
                from candidate.{name}_verdict as v
                inner join candidate.{name}_suspects as s using (row_id)
                left join candidate.{name}_in_force as f on {match}
                group by v.row_id, s.school_code
            )

            select distinct v.school_year, '{name}', i.school_code, v.stage, v.source_file, v.sha256, v.sheet,
                v.row_number, v.row_id
            from candidate.{name}_verdict as v
            left join in_force as i using (row_id)
            where v.verdict = 'quarantined' and (i.submission is null or i.submission <= v.submission)
            """
        )
        con.execute(
            f"""
            insert into accepted.quarantined_rows
            select l.* from candidate.listed_rows as l
            inner join candidate.{name}_verdict as v on l.row_id = v.row_id
            left join candidate.{name}_in_force as f
                on v.school_year = f.school_year and l.school_code = f.school_code {stage_match}
            where l.feed = '{name}'
            group by all
            having max(f.submission) is null or max(case when f.submission = v.submission then 1 else 0 end) = 1
            """
        )


def _count_quarantined_in_ledger(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """The same for a ledger: a row stands for its own key alone."""
    match = " and ".join(f"v.key_{i} = f.{k}" for i, k in enumerate(feed.unit_key))
    for table, condition in (
        ("accepted.quarantined_rows", "f.submission = v.submission"),
        ("candidate.listed_rows", "f.submission <= v.submission"),
    ):
        con.execute(
            f"""
            insert into {table}
            select distinct v.school_year, '{feed.feed}', v.school_code, v.stage, v.source_file, v.sha256, v.sheet,
                v.row_number, v.row_id
            from candidate.{feed.feed}_verdict as v
            left join candidate.{feed.feed}_in_force as f on {match}
            where v.verdict = 'quarantined' and (f.submission is null or {condition})
            """
        )


def _register(feed: str) -> str:
    """Relation that names the schools: for the register itself, every row that could be read."""
    return "candidate.schools" if feed == "schools" else "accepted.schools"


def _neighbours(feed: str) -> str:
    """SQL of the schools next to a class row that no code and no name places."""
    if feed != "class_sizes":
        return "select null, null where false"
    return """
        select n.row_id, u.school_code
        from (
            select
                v.row_id, v.school_year, v.verdict, v.school_code,
                p.known_code, p.named_code,
                lag(case when r.school_code is not null then v.school_code end ignore nulls) over w as before,
                lead(case when r.school_code is not null then v.school_code end ignore nulls) over w as after
            from candidate.class_sizes_verdict as v
            left join placed as p using (row_id)
            left join (select distinct school_year, school_code from accepted.schools) as r
                on v.school_year = r.school_year and v.school_code = r.school_code
            window w as (partition by v.submission, v.sha256, v.sheet order by v.row_number, v.part)
        ) as n
        cross join (select unnest([1, 2]) as side) as sides
        cross join lateral (select case when side = 1 then n.before else n.after end as school_code) as u
        where n.verdict = 'quarantined' and n.known_code is null and n.named_code is null
            and u.school_code is not null
            and (n.school_code is null or n.before = n.after)
    """


def _mask_file_names(con: duckdb.DuckDBPyConnection) -> None:
    """A file named after a person's number is listed without it; beside the mask, two files stay two."""
    names = [
        str(name)
        for (name,) in con.execute(
            "select source_file from accepted.submissions union select source_file from accepted.problems"
            " union select source_file from accepted.problem_ages union select source_file from accepted.holds"
            " union select source_file from accepted.corrections order by 1"
        ).fetchall()
    ]
    taken = {name for name in names if mask_personal_numbers(name) == name}
    for name in names:
        masked = shown = mask_personal_numbers(name)
        number = 1
        while shown != name and shown in taken:
            number += 1
            shown = f"{masked}（{number}）"
        taken.add(shown)
        if shown != name:
            for table in ("submissions", "problems", "problem_ages", "holds", "corrections", "explained"):
                con.execute(
                    f"update accepted.{table} set source_file = ? where source_file = ?", [shown, name]
                )


def _load_faults(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest) -> None:
    files = [str(home.raw / s["faults"]) for s in manifest.submissions]
    con.execute(
        "create table candidate.faults (submission bigint, sha256 varchar, source_file varchar,"
        " school_year integer, severity varchar, rule_class varchar, rule_code varchar, message_zh varchar,"
        " sheet varchar, feed varchar, part bigint, row_number bigint, column_name varchar, column_zh varchar,"
        " cell varchar, value varchar, school_code varchar, school_name varchar)"
    )
    if files:
        # of a held sheet only the hold is told until it is decided, and only its faults once it is accepted
        con.execute(
            """
            insert into candidate.faults by name
            select f.* replace (coalesce(h.effective, f.submission) as submission)
            from read_parquet(?, union_by_name = true) as f
            left join (
                select submission, source_file, sheet, feed, effective, verdict from candidate.held_sheets
                union all
                select distinct submission, source_file, '', '', max(effective), max(verdict)
                from candidate.held_sheets group by all
            ) as h
                on f.submission = h.submission and f.source_file = h.source_file and f.sheet = h.sheet
                    and f.feed = h.feed
            where h.submission is null
                or (f.severity = 'hold' and h.verdict is null)
                or (f.severity <> 'hold' and (h.effective is not null or h.feed = ''))
            """,
            [files],
        )


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def _standing_of(manifest: Manifest, file: dict[str, Any], sheet: dict[str, Any]) -> dict[str, Any]:
    """What a held sheet has become: in force from its decision on, rejected, or still waiting."""
    effective = manifest.effective_submission(file, sheet)
    if effective is not None:
        return {"submission": effective, "status": "accepted"}
    decided = manifest.verdicts().get(file["hold"])
    return {"rows_dropped": sheet["rows_read"], "status": "rejected" if decided else "held"}


def _list_submissions(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """One row a file, sheet and feed; rows read = accepted + quarantined + dropped, or the build stops."""
    names = [
        "submission",
        "source_file",
        "sheet",
        "feed",
        "school_year",
        "sha256",
        "received_at",
        "rows_read",
    ]
    names += ["rows_dropped", "status", "file_status"]
    rows: list[dict[str, Any]] = []
    maps: list[dict[str, Any]] = []
    for file in manifest.files:
        common = {
            "submission": file["submission"],
            "source_file": file["path"],
            "school_year": file["school_year"],
            "sha256": file["sha256"],
            "received_at": file["received_at"],
            "file_status": file["status"],
        }
        sheets = file.get("sheets", [])
        for sheet in sheets:
            listed = {k: sheet[k] for k in ("sheet", "feed", "rows_read", "rows_dropped", "status")}
            if sheet["status"] == "held":
                listed |= _standing_of(manifest, file, sheet)
            rows.append({**common, **listed})
            for part, letters in enumerate(sheet.get("column_maps", [])):
                for column, letter in letters.items():
                    maps.append(
                        {"sha256": file["sha256"], "source_file": file["path"], "sheet": sheet["sheet"],
                         "feed": sheet["feed"], "part": part, "column_name": column, "letters": letter}
                    )  # fmt: skip
        if not sheets:
            rows.append(
                {
                    **common,
                    "sheet": "",
                    "feed": "",
                    "rows_read": 0,
                    "rows_dropped": 0,
                    "status": file["status"],
                }
            )
    con.register("listed", _frame(rows, names))
    con.register(
        "mapped", _frame(maps, ["sha256", "source_file", "sheet", "feed", "part", "column_name", "letters"])
    )
    con.execute(
        "create table candidate.sheets as select cast(submission as bigint) as submission,"
        " cast(source_file as varchar) as source_file, cast(sheet as varchar) as sheet,"
        " cast(feed as varchar) as feed, cast(school_year as integer) as school_year,"
        " cast(sha256 as varchar) as sha256, cast(received_at as timestamp) as received_at,"
        " cast(rows_read as bigint) as rows_read, cast(rows_dropped as bigint) as rows_dropped,"
        " cast(status as varchar) as status from listed"
    )
    con.execute(
        "create table accepted.column_maps as select cast(sha256 as varchar) as sha256,"
        " cast(source_file as varchar) as source_file, cast(sheet as varchar) as sheet, cast(feed as varchar) as feed,"
        " cast(part as bigint) as part, cast(column_name as varchar) as column_name,"
        " cast(letters as varchar) as letters from mapped"
    )
    con.unregister("listed")
    con.unregister("mapped")
    # sheets that were not recognised or were refused before they had a feed
    con.execute(
        """
        insert into candidate.sheets
        select distinct f.submission, f.source_file, f.sheet, f.feed, f.school_year, f.sha256, m.received_at, 0, 0,
            case when f.rule_code = 'MISSING_COLUMN' then 'rejected' else 'unrecognised' end
        from candidate.faults as f
        inner join (select distinct submission, source_file, received_at from candidate.sheets) as m
            using (submission, source_file)
        left join candidate.sheets as s
            on f.submission = s.submission and f.source_file = s.source_file and f.sheet = s.sheet
        where f.sheet <> '' and s.sheet is null
            and f.rule_code in ('MISSING_COLUMN', 'UNRECOGNISED_SHEET', 'HIDDEN_SHEET')
        """
    )
    union = " union all ".join(
        f"select '{name}' as feed, submission, source_file, sheet, row_number,"
        " max(case when verdict = 'quarantined' then 2 when verdict = 'accepted' then 1 else 0 end) as fate"
        f" from candidate.{name}_verdict group by all"
        for name in load_feeds()
    )
    con.execute(
        f"""
        create table accepted.submissions as
        with fates as ({union}),

        counted as (
            select feed, submission, source_file, sheet,
                sum(case when fate = 2 then 1 else 0 end) as quarantined,
                sum(case when fate = 1 then 1 else 0 end) as accepted,
                sum(case when fate = 0 then 1 else 0 end) as repeated
            from fates
            group by all
        )

        select
            s.submission, s.source_file, s.sheet, s.feed, s.school_year, s.sha256, s.received_at,
            s.rows_read,
            coalesce(c.accepted, 0)::bigint as rows_accepted,
            coalesce(c.quarantined, 0)::bigint as rows_quarantined,
            (s.rows_dropped + coalesce(c.repeated, 0))::bigint as rows_dropped,
            s.status
        from candidate.sheets as s
        left join counted as c using (feed, submission, source_file, sheet)
        """
    )
    lost = con.execute(
        "select source_file, sheet, feed from accepted.submissions"
        " where rows_read <> rows_accepted + rows_quarantined + rows_dropped limit 3"
    ).fetchall()
    if lost:
        raise AssertionError(f"rows were lost or counted twice: {lost}")


def _list_problems(con: duckdb.DuckDBPyConnection) -> None:
    """The problem list: what still stands. Faults of files that were replaced since are history."""
    labels = [
        {"feed": f.feed, "column_name": c.name, "column_zh": c.heading_zh, "is_pay": c.is_pay}
        for f in load_feeds().values()
        for c in f.columns
    ]
    con.register("labels", _frame(labels, ["feed", "column_name", "column_zh", "is_pay"]))
    rows = " union all ".join(
        f"select '{f.feed}' as feed, row_id, submission, sha256, source_file, sheet, row_number, part, school_year,"
        f" {'school_code' if f.has_schools else 'null'} as school_code,"
        f" {'school_name' if any(c.name == 'school_name' for c in f.columns) else 'null'} as school_name"
        f" from candidate.{f.feed}"
        for f in load_feeds().values()
    )
    con.execute(
        f"""
        create table accepted.problems as
        with source_rows as ({rows}),

        latest as (
            select source_file, max(submission) as submission from candidate.sheets
            where status <> 'held'
            group by all
        ),

        counting as (
            select distinct feed, source_file, sha256, sheet, row_number from candidate.listed_rows
        ),

        in_force as (
            {" union all ".join(f"select '{name}' as feed, row_id from accepted.{name}" for name in load_feeds())}
        ),

        names as (
            select school_year, school_code, min(school_name) as school_name from accepted.schools group by all
        ),

        parsed as (
            select
                f.school_year, f.severity, f.rule_class as class, f.rule_code, f.source_file, f.sheet, f.cell,
                f.feed, f.school_code, f.school_name, f.column_zh, f.value, f.message_zh, f.row_number,
                f.submission
            from candidate.faults as f
            left join latest as l on f.source_file = l.source_file and f.submission = l.submission
            left join counting as q
                on f.feed = q.feed and f.source_file = q.source_file and f.sha256 = q.sha256
                    and f.sheet = q.sheet and f.row_number = q.row_number
            left join source_rows as r
                on f.feed = r.feed and f.submission = r.submission and f.source_file = r.source_file
                    and f.sheet = r.sheet and f.row_number = r.row_number and f.part = r.part
            left join in_force as i on r.feed = i.feed and r.row_id = i.row_id
            where case
                when f.severity = 'quarantine_row' then q.row_number is not null
                when f.rule_code = 'BLANK_CELL' then i.row_id is not null
                when f.severity = 'hold' then true
                else l.submission is not null
            end
        ),

        judged as (
            select
                r.school_year, x.severity, x.class, x.rule_code, r.source_file, r.sheet,
                case when m.letters is null then '' else split_part(m.letters, ',', 1) || r.row_number end as cell,
                x.feed, r.school_code, r.school_name, coalesce(b.column_zh, '') as column_zh,
                case when b.is_pay then '' else coalesce(x.value, '') end as value, x.message_zh, r.row_number,
                r.submission
            from candidate.failures as x
            inner join source_rows as r using (feed, row_id)
            left join accepted.column_maps as m
                on x.feed = m.feed and r.source_file = m.source_file and r.sha256 = m.sha256
                    and r.sheet = m.sheet and r.part = m.part and x.column_name = m.column_name
            left join labels as b on x.feed = b.feed and x.column_name = b.column_name
            left join counting as q
                on x.feed = q.feed and r.source_file = q.source_file and r.sha256 = q.sha256
                    and r.sheet = q.sheet and r.row_number = q.row_number
            left join candidate.explained as e
                on x.feed = e.feed and x.row_id = e.row_id and x.rule_code = e.rule_code
            where (x.severity <> 'quarantine_row' or q.row_number is not null) and e.row_id is null
        ),

        united as (
            select * from parsed union all select * from judged
        )

        select distinct
            u.school_year, u.severity, u.class, u.rule_code, u.source_file, u.sheet, u.cell, u.feed,
            coalesce(u.school_code, '') as school_code,
            coalesce(nullif(u.school_name, ''), n.school_name, '') as school_name,
            u.column_zh, u.value, u.message_zh, u.row_number
        from united as u
        left join names as n on u.school_year = n.school_year and u.school_code = n.school_code
        """
    )
    con.unregister("labels")


def _describe_feeds(con: duckdb.DuckDBPyConnection) -> None:
    feeds = load_feeds().values()
    con.execute(
        "create table accepted.feeds (feed varchar, name_zh varchar, is_optional boolean, scope varchar)"
    )
    con.executemany(
        "insert into accepted.feeds values (?, ?, ?, ?)",
        [[f.feed, f.name_zh, f.optional, f.scope] for f in feeds],
    )
    con.execute("create table accepted.feed_due_stages (feed varchar, stage varchar)")
    con.executemany(
        "insert into accepted.feed_due_stages values (?, ?)",
        [[f.feed, s] for f in feeds for s in f.due_stages],
    )
