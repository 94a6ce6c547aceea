"""Builds a database whose schema `accepted` is filled by hand, and runs the models over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.record import record_tables
from dagster_project.warehouse.build import DATABASE_NAME, run_models

Row = dict[str, Any]


@dataclass
class Accepted:
    """Rows in force, by feed, as the quality station would leave them.

    Columns that a row doesn't name are blank (null).
    """

    school_year: int = 2023
    as_of: str = "2024-12-31"
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, *rows: Row) -> None:
        """Put rows into a table; the year and the place they came from are filled in if not given."""
        known = record_tables.accepted_schema()[table]
        kept = self.rows.setdefault(table, [])
        for row in rows:
            unknown = set(row) - set(known)
            assert not unknown, f"{table} has no column {sorted(unknown)}"
            filled = {"school_year": self.school_year, "source_file": "2023/hand.xlsx", "sheet": table,
                      "row_number": len(kept) + 2, "part": 0}  # fmt: skip
            kept.append({**{k: v for k, v in filled.items() if k in known}, **row})

    def write(self, database: Path) -> None:
        """Create the database with every table of the schema, filled or empty."""
        with duckdb.connect(str(database)) as con:
            con.execute("create schema accepted")
            for table, columns in record_tables.accepted_schema().items():
                con.execute(
                    f"create table accepted.{table} ({', '.join(f'{n} {t}' for n, t in columns.items())})"
                )
                rows = (
                    self.rows.get(table, []) if table not in ("feeds", "feed_due_stages") else _feeds(table)
                )
                if table == "build_context":
                    rows = [{"as_of": self.as_of, "known_until": self.as_of}]
                if rows:
                    con.executemany(
                        f"insert into accepted.{table} values ({', '.join('?' * len(columns))})",
                        [[row.get(name) for name in columns] for row in rows],
                    )
            if "town_registers" not in self.rows:
                # the schools of a year come in one file; a file of one school (with its campuses) is no register of a town
                con.execute(
                    "insert into accepted.town_registers select distinct school_year, district_code, unnest(['', town])"
                    " from accepted.schools where district_code is not null and school_year in (select school_year"
                    " from accepted.schools group by school_year having count(distinct coalesce(master_school_code, school_code)) > 1)"
                )
                con.execute("delete from accepted.town_registers where town is null")
            record_tables.list_received(con)


def _feeds(table: str) -> list[Row]:
    described, due = record_tables.feed_records()
    return described if table == "feeds" else due


@dataclass(frozen=True)
class Marts:
    """Answers from a built database."""

    database: Path

    def ask(self, sql: str, *values: Any) -> list[Row]:
        """Rows of a query, as dictionaries."""
        with duckdb.connect(str(self.database), read_only=True) as con:
            cursor = con.execute(sql, list(values))
            names = [d[0] for d in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, sql: str, *values: Any) -> Row:
        """The only row of a query."""
        rows = self.ask(sql, *values)
        assert len(rows) == 1, rows
        return rows[0]

    def figure(self, school: str, indicator: str, stage: str = "primary", year: int = 2023) -> Row:
        """One figure; the indicator is named by the beginning of its code."""
        return self.one(
            "select * from marts.fct_school_indicators where school_code = ? and stage = ? and school_year = ?"
            " and starts_with(indicator_code, ?)",
            school, stage, year, indicator,
        )  # fmt: skip

    def verdict(self, school: str, stage: str = "primary", year: int = 2023) -> Row:
        """The verdict on one unit."""
        return self.one(
            "select * from marts.fct_school_compliance where school_code = ? and stage = ? and school_year = ?",
            school, stage, year,
        )  # fmt: skip


def build_marts(accepted: Accepted, folder: Path) -> Marts:
    """Write the rows into a new database in a folder, build all models there and run their data tests."""
    database = folder / DATABASE_NAME
    accepted.write(database)
    run_models(database, target=folder / "dbt")
    return Marts(database)
