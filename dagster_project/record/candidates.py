"""Everything ever received, as candidates: rows, findings of reading, and holds with what was decided about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import has_rows, insert_records, read_sql
from dagster_project.core.homes import Home
from dagster_project.core.local_time import local_day
from dagster_project.intake import vault
from dagster_project.intake.feeds import Feed
from dagster_project.intake.findings import load_rules
from dagster_project.intake.manifest import Decision, Manifest
from dagster_project.record.feed_sql import feed_statement

if TYPE_CHECKING:
    import duckdb

#: The raw files of a statement, which are given as its parameter.
_FILES = "read_parquet(?, union_by_name = true)"


def list_holds(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    """Fill `accepted.holds` and `candidate.held_sheets`: from which submission on a held sheet counts."""
    decisions = [
        {"submission": d.submission, "decided_at": d.decided_at, "decided_on": local_day(d.decided_at)}
        for d in manifest.decisions
    ]
    insert_records(con, "candidate.decided", decisions)
    holds = []
    sheets = []
    for hold in manifest.holds():
        file, decision = hold.file, hold.decision
        holds.append(
            {
                "hold_id": file.hold,
                "hold_kind": "file",
                "school_year": file.school_year,
                "source_file": file.path,
                "received_on": local_day(file.received_at),
                **decided(decision),
            }
        )
        sheets += [
            {
                "submission": file.submission,
                "source_file": file.path,
                "sheet": sheet.sheet,
                "feed": sheet.feed,
                "school_code": school,
                "effective": manifest.effective_submission(file, sheet),
                "verdict": hold.verdict,
            }
            for sheet in file.sheets
            if sheet.status == "held"
            for school in sheet.schools or (None,)
        ]
    insert_records(con, "accepted.holds", holds)
    insert_records(con, "candidate.held_sheets", sheets)


def decided(decision: Decision | None) -> dict[str, Any]:
    """What `accepted.holds` says of the decision on a hold."""
    return {
        "verdict": decision.verdict if decision else "waiting",
        "reason": decision.reason if decision else "",
        "decided_on": local_day(decision.decided_at) if decision else None,
    }


def hold_identifier(letter: str, content: object) -> str:
    """Identifier by which people decide on something that isn't a file, such as `G1A2B3C`; it changes with its content."""
    text = json.dumps(content, sort_keys=True)
    return f"{letter}{vault.sha256_of(text.encode())[:6].upper()}"


def load_faults(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest) -> None:
    """Fill `candidate.faults` with the findings of reading; a file refused as a whole says how that is settled."""
    files = [str(home.raw / s.faults) for s in manifest.submissions]
    if files:
        con.execute(read_sql("dagster_project.record", "load_faults", files=_FILES), [files])
        # nothing in such a file says which schools it is about
        whole = "severity = 'reject_file' and sheet = '' and feed = ''"
        con.execute(
            f"update candidate.faults set message_zh = message_zh || ? where {whole}",
            [load_rules().settled_zh],
        )


def load_rows(con: duckdb.DuckDBPyConnection, home: Home, manifest: Manifest, feed: Feed) -> None:
    """Create `candidate.<feed>` with all rows ever received, without those of a held sheet that isn't accepted."""
    con.execute(feed_statement("candidate_rows", feed))
    files = [str(home.raw / s.raw[feed.feed]) for s in manifest.submissions if feed.feed in s.raw]
    if files:
        con.execute(feed_statement("load_rows", feed, files=_FILES), [files])


def look_up_codes(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Give rows without a code that of the school whose exact name they have, if it is unique in the year's register."""
    if not feed.is_register and feed.has_schools and not feed.is_ledger:
        con.execute(feed_statement("look_up_codes", feed))


def offer_codes(con: duckdb.DuckDBPyConnection) -> None:
    """Name the school, and its code, in findings about codes beside which its name stands; the rows stay aside."""
    text = {"offered_zh": load_rules().cell.offered_code_zh}
    con.execute(read_sql("dagster_project.record", "offer_codes", offered_zh="$offered_zh"), text)


def compare_rows(con: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Find rows of one submission that repeat or contradict each other (`candidate.context`)."""
    if has_rows(con, f"candidate.{feed.feed}"):
        con.execute(feed_statement("compare_rows", feed))
