"""Rows of a catalogue entry: read from the marts, picked and ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from dagster_project.core.duck import named, read_sql, rows
from dagster_project.publish.catalogue.models import Order, Rows, Table

if TYPE_CHECKING:
    import duckdb

    from dagster_project.publish.catalogue.words import Words

Row = dict[str, Any]
AnyRows = TypeVar("AnyRows", bound=Rows)
#: Dictionary by its name, as `Words.of` gives it.
WordsOf = Callable[[str], Mapping[Any, str]]


def ordered_by(entry: Rows) -> list[str]:
    """Columns by which the rows of an entry are ordered."""
    return [n for o in entry.order for n in ([o.removeprefix("-")] if isinstance(o, str) else o)]


def rows_of(
    con: duckdb.DuckDBPyConnection, table: Rows, district_code: str | None, words: Words
) -> list[Row]:
    """Rows of a catalogue entry for one district, in its order.

    Args:
        con: a connection of `core.duck.open_marts`.
        table: entry of the catalogue.
        district_code: six digits, as text; None for the rows of all districts.
        words: dictionaries of the same district.
    """
    return arranged(table, read_rows(con, table, district_code), words.of)


def bound(table: AnyRows, values: Mapping[str, Any]) -> AnyRows:
    """The entry with `$name` in its conditions replaced by the values of an output, such as its school year."""

    def value(wanted: Any) -> Any:
        return values[wanted[1:]] if isinstance(wanted, str) and wanted.startswith("$") else wanted

    where = {column: value(wanted) for column, wanted in table.where.items()}
    between = {column: (value(first), value(last)) for column, (first, last) in table.between.items()}
    return table.model_copy(update={"where": where, "between": between})


def of_year(table: AnyRows, values: Mapping[str, Any]) -> AnyRows:
    """The entry for a workbook of one school year, if `values` names it: `latest: school_year` is that year there."""
    if table.latest != "school_year" or table.per or "school_year" not in values:
        return table
    where = {**table.where, "school_year": values["school_year"]}
    return table.model_copy(update={"where": where, "latest": ""})


def read_rows(con: duckdb.DuckDBPyConnection, table: Rows, district_code: str | None) -> list[Row]:
    """Rows of the mart, or of the statement, that belong to a district, in the order of the mart's columns.

    Rows without a district belong to the district of their school. Rows that name no known school, and marts without
    schools, belong to the release: a release of one district shows them all.
    """
    if table.statement:
        return rows(
            con,
            read_sql(__package__, table.statement, **named("district_code")),
            {"district_code": district_code},
        )
    return read_mart(con, table.mart, None if district_code is None else (district_code,))


def read_mart(con: duckdb.DuckDBPyConnection, mart: str, districts: Sequence[str] | None) -> list[Row]:
    """Rows of a mart that belong to the districts, all of them if that is None; see `read_rows`."""
    if districts is None:
        return rows(con, f"select * from marts.{mart} order by all")
    names = {name for (name, *_) in con.execute(f"describe marts.{mart}").fetchall()}
    given = ", ".join("?" * len(districts))
    if "district_code" in names:
        return rows(
            con, f"select * from marts.{mart} where district_code in ({given}) order by all", districts
        )
    (several,) = con.execute("select count(distinct district_code) > 1 from marts.dim_schools").fetchall()[0]
    if "school_code" in names and several:
        own = f"select school_code from marts.dim_schools where district_code in ({given})"
        return rows(con, f"select * from marts.{mart} where school_code in ({own}) order by all", districts)
    return rows(con, f"select * from marts.{mart} order by all")


def arranged(table: Rows, given: Sequence[Row], words_of: WordsOf) -> list[Row]:
    """Those of the rows that the entry asks for, in its order."""
    found = list(given)
    if table.latest:
        newest: dict[tuple[Any, ...], Any] = {}
        for row in found:
            group = tuple(row[c] for c in table.per)
            if row[table.latest] is not None:
                newest[group] = max(newest.get(group, row[table.latest]), row[table.latest])
        found = [r for r in found if r[table.latest] == newest.get(tuple(r[c] for c in table.per))]
    found = [
        r
        for r in found
        if all(_has(r[c], wanted) for c, wanted in table.where.items())
        and all(r[c] is not None for c in table.known)
        and all(r[c] is not None and low <= r[c] <= high for c, (low, high) in table.between.items())
        and (not table.some or any(r[c] for c in table.some))
        and (table.differ is None or r[table.differ[0]] != r[table.differ[1]])
    ]
    for order in reversed(table.order):
        found.sort(key=_sort_key(table, order, words_of))
    return found


def _has(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def _sort_key(table: Rows, order: Order, words_of: WordsOf) -> Callable[[Row], Any]:
    """Sort key of one step of an order; missing values come last."""
    if isinstance(order, str):
        name, descends = order.removeprefix("-"), order.startswith("-")
        return cmp_to_key(lambda a, b: _compared(a[name], b[name], descends))
    ((name, how),) = order.items()
    if isinstance(how, dict):
        return lambda row: how.get(row[name], 0)
    if how == "size":
        return lambda row: -abs(row[name] or 0)
    if how == "number":
        return lambda row: int(row[name]) if str(row[name]).isdigit() else inf
    columns = table.columns if isinstance(table, Table) else ()
    words = words_of(next((c.words for c in columns if c.name == name and c.words), name))
    if how == "text":
        return lambda row: (not words.get(row[name]), words.get(row[name]) or "")
    places = {code: place for place, code in enumerate(words)}
    return lambda row: places.get(row[name], len(places))


def _compared(a: Any, b: Any, descends: bool) -> int:
    if a is None or b is None:
        return (a is None) - (b is None)
    return 0 if a == b else (1 if (a < b) == descends else -1)
