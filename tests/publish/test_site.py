"""The site of a release: what its pages print is what the committee's marts hold."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from dagster_project import run
from dagster_project.core.duck import open_marts
from dagster_project.publish import catalogue
from dagster_project.warehouse.causes import Side, split_changes
from tests.conftest import District

_NUMBER = re.compile(r"^[▼？→]*(-?\d[\d,]*(?:\.\d+)?)(.*)$")
#: Where an element's row says what its printed value is multiplied by.
_SCALES = ("scale", "figure_scale")
#: Counts by which a card of the overview says of whom its figure is.
CARD_COUNTS = (
    "schools_in_scope", "schools_undetermined", "schools_due", "schools_received", "schools_available",
    "kindergartens_due", "kindergartens",
)  # fmt: skip


class Marts:
    """Rows of the marts by the keys that the pages name."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.read: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}

    def rows(self, mart: str, keys: str) -> dict[str, list[dict[str, Any]]]:
        if (mart, keys) not in self.read:
            found: dict[str, list[dict[str, Any]]] = {}
            for row in self.all(mart):
                key = "|".join("" if row[k] is None else str(row[k]) for k in keys.split())
                found.setdefault(key, []).append(row)
            self.read[mart, keys] = found
        return self.read[mart, keys]

    def all(self, mart: str) -> list[dict[str, Any]]:
        with open_marts(self.database) as con:
            if mart == "changes":
                year = con.execute("select max(school_year) from marts.dim_schools").fetchall()[0][0]
                frame = split_changes(Side(self.database, year - 1), Side(self.database, year))
                frame["indicator_code"] = frame["indicator_code"].fillna("")
                return frame.astype(object).where(frame.notna(), None).to_dict("records")
            cursor = con.execute(f"select * from marts.{mart}")
            names = [d[0] for d in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def agrees(text: str, value: Any, row: dict[str, Any]) -> bool:
    """Whether a printed text says a mart's value; words for codes are not figures."""
    found = _NUMBER.match(text.strip())
    if isinstance(value, dt.datetime):  # a moment of the record is UTC; its day is the day in China
        return text.strip() == (value + dt.timedelta(hours=8)).strftime("%Y-%m-%d")
    if isinstance(value, dt.date):
        return text.strip() == value.strftime("%Y-%m-%d")
    if value is None or isinstance(value, bool):
        return found is None
    if not isinstance(value, int | float | Decimal):
        return found is None or text.strip() == str(value) or found[2] != ""
    if found is None:
        return False
    shown = Decimal(found[1].replace(",", ""))
    digits = Decimal(1).scaleb(-len(found[1].partition(".")[2]))
    scales = [Decimal(1), *(Decimal(repr(row[s])) for s in _SCALES if row.get(s) is not None)]
    if found[2] == "%":
        scales = [Decimal(100)]
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return any((exact * s).quantize(digits, ROUND_HALF_UP) == shown for s in scales)


def nearest(element: Any, name: str) -> str | None:
    """An attribute of the element or of what it stands in."""
    while element is not None:
        if element.get(name) is not None:
            return str(element.get(name))
        element = element.getparent()
    return None


#: Columns that a page prints as a text of several columns.
TEMPLATES = {
    (table.mart, column.name): column.template
    for table in catalogue.load().tables.values()
    if table.site is not None
    for column in table.columns_of("site")
    if column.template
}


def disagreements(page: str, marts: Marts) -> tuple[int, list[str]]:
    """How many cells a page prints, and those that don't say what their mart's cell holds."""
    count, wrong = 0, []
    for element in lxml.html.fromstring(page).iter():
        if not isinstance(element.tag, str) or element.get("data-c") is None or element.get("data-sum"):
            continue
        mart, keys, key = (nearest(element, n) for n in ("data-t", "data-keys", "data-k"))
        if mart is None or keys is None or key is None:
            continue
        name, text = str(element.get("data-c")), str(element.text_content())
        rows = marts.rows(mart, keys).get(key, [])
        if not rows:
            wrong.append(f"{mart} has no row {key}")
        elif (mart, name) in TEMPLATES:
            count += 1
            if text not in {TEMPLATES[mart, name].format_map(row) for row in rows}:
                wrong.append(f"{mart}.{name} of {key} is {rows[0][name]!r}, printed {text!r}")
        elif name in rows[0]:
            count += 1
            if not any(agrees(text, row[name], row) for row in rows):
                wrong.append(f"{mart}.{name} of {key} is {rows[0][name]!r}, printed {text!r}")
    return count, wrong


@pytest.fixture(scope="module")
def release(sample_home: Path) -> Path:
    return (sample_home / "current").resolve()


@pytest.fixture(scope="module")
def marts(release: Path) -> Marts:
    return Marts(release / "marts.duckdb")


def test_every_figure_on_every_page_is_its_cell_of_the_marts(release: Path, marts: Marts) -> None:
    pages = sorted((release / "site").glob("*.html"))
    assert len(pages) >= 20
    cells = 0
    for path in pages:
        count, wrong = disagreements(path.read_text(encoding="utf-8"), marts)
        assert not wrong, (path.name, wrong[:5])
        cells += count
    assert cells > 10_000


def test_a_wrong_figure_on_a_page_would_be_found(release: Path, marts: Marts) -> None:
    page = (release / "site" / "upper_secondary.html").read_text(encoding="utf-8")
    assert "23.9%" in page
    _, wrong = disagreements(page.replace("23.9%", "24.9%"), marts)
    assert any("vocational_share" in w for w in wrong)


def test_sums_on_the_overview_are_sums_of_their_mart(release: Path, marts: Marts) -> None:
    page = lxml.html.fromstring((release / "site" / "index.html").read_text(encoding="utf-8"))
    found = page.xpath("//*[@data-sum]")
    assert len(found) >= 12
    for element in found:
        rows = marts.all(element.get("data-sum"))
        last = max(r["school_year"] for r in rows)
        name, value = element.get("data-where").split("=")
        total = sum(r[element.get("data-c")] for r in rows if r["school_year"] == last and r[name] == value)
        assert element.text_content() == str(total)


def test_each_card_of_the_overview_says_who_was_due_and_who_is_missing(release: Path) -> None:
    page = lxml.html.fromstring((release / "site" / "index.html").read_text(encoding="utf-8"))
    cards = page.xpath("//div[@class='card']")
    assert len(cards) >= 7
    for card in cards:
        shown = {c: (card.xpath(f".//*[@data-c='{c}']") or [None])[0] for c in CARD_COUNTS}
        title = card.findtext("h3")
        assert (
            shown["schools_in_scope"] is not None
            or shown["schools_due"] is not None
            or shown["kindergartens_due"] is not None
        ), title
        if shown["schools_undetermined"] is not None and shown["schools_undetermined"].text_content() != "0":
            (after,) = card.xpath("p[@class='big']/following-sibling::p[1]")
            assert after.get("class") == "between" and after.xpath(".//*[@data-c='compliance_rate_low']"), (
                title
            )
        pairs = [
            (shown[due].text_content(), shown[came].text_content())
            for due, came in (
                ("schools_due", "schools_received"), ("schools_due", "schools_available"), ("kindergartens_due", "kindergartens"),
            )
            if shown[due] is not None and shown[came] is not None
        ]  # fmt: skip
        if shown["schools_in_scope"] is None:
            ((due, came),) = pairs
            assert bool(card.xpath("p[@class='gap']")) == (due != came), title


def test_rows_of_the_data_files_are_rows_of_the_marts(release: Path, marts: Marts) -> None:
    seen = 0
    for path in sorted((release / "site" / "data").glob("schools_*.js")):
        text = path.read_text(encoding="utf-8")
        for mart, table in json.loads(text[text.index(",") + 1 : text.rindex(")")]).items():
            columns = table["columns"]
            held = {
                json.dumps([plain(r[c]) for c in columns])
                for rows in marts.rows(mart, "school_code").values()
                for r in rows
            }
            given = [json.dumps([plain(v) for v in row]) for row in table["rows"]]
            assert set(given) <= held, (path.name, mart)
            seen += len(given)
    assert seen > 10_000


def plain(value: Any) -> Any:
    """A value as JSON has it; whole floats like integers."""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return float(value) if isinstance(value, Decimal) else value


def test_pages_ask_nothing_of_a_network(release: Path) -> None:
    for path in (release / "site").glob("*.html"):
        document = lxml.html.fromstring(path.read_text(encoding="utf-8"))
        addresses = [a for _, _, a, _ in document.iterlinks()]
        assert not [a for a in addresses if re.match(r"(https?:)?//", a)], path.name


def test_links_between_pages_lead_somewhere(release: Path) -> None:
    site = release / "site"
    for path in site.glob("*.html"):
        for element, _, address, _ in lxml.html.fromstring(path.read_text(encoding="utf-8")).iterlinks():
            if element.tag in ("a", "script", "link") and not address.startswith(("#", "data:")):
                assert (site / address.partition("#")[0]).is_file(), (path.name, address)


def test_charts_of_a_school_are_drawn_from_rows_alone() -> None:
    import pandas as pd

    from dagster_project.publish import charts

    def spec(ratios: list[float | None]) -> dict[str, Any]:
        frame = pd.DataFrame({"label": ["甲", "乙"], "ratio": ratios})
        return charts.ratios_to_standard(frame, "label", "ratio", 0.9).to_dict()

    first, second = spec([1.2, 0.8]), spec([None, 3.0])
    first["datasets"]["rows"] = second["datasets"]["rows"]
    assert first == second
    assert [r["text"] for r in second["datasets"]["rows"]] == ["？缺数据", "→300.0%"]


def test_problems_that_name_no_school_are_listed_too(
    new_district: Callable[[], District], monkeypatch: pytest.MonkeyPatch
) -> None:
    district = new_district()
    school = {"school_code": "2150000001", "school_name": "示例小学", "district_code": "500101", "town": "东镇",
              "school_type": "小学", "ownership": "公办"}  # fmt: skip
    pupils = {"school_code": "2150000001", "stage": "小学", "students": 300}
    district.put("2023/全区.xlsx", schools=[school], enrolment=[pupils])
    district.put("2023/另一份.xlsx", enrolment=[{**pupils, "students": 310}])
    district.put("2023/空表.xlsx", enrolment=[])
    (district.raw / "2023" / "残缺.xlsx").write_bytes(b"PK\x03\x04 and no more")
    # folders as a person writes them who stands beside them: dbt works elsewhere
    monkeypatch.chdir(district.raw.parent)
    run.run(Path("raw"), Path("home"), parts=frozenset(("site",)))
    page = (district.home / "current" / "site" / "quality.html").read_text(encoding="utf-8")
    assert "残缺.xlsx" in page and "文件完整、未损坏" in page and ">DAMAGED_FILE<" not in page
    assert "“2023/另一份.xlsx › enrolment › 第 2 行”与这一行指的是同一对象" in page
    assert "“2023/全区.xlsx › enrolment › 第 2 行”与这一行指的是同一对象" in page
    (empty,) = district.ask(
        "select source_file, cell, message_zh from marts.fct_problems where rule_code = 'NO_ROWS'"
    )
    assert empty["source_file"] == "2023/空表.xlsx" and empty["message_zh"].startswith("表里没有一行数据")


@pytest.mark.parametrize("stage", ["primary", "junior_secondary"])
def test_bars_of_variation_say_what_the_table_says(release: Path, marts: Marts, stage: str) -> None:
    page = (release / "site" / "index.html").read_text(encoding="utf-8")
    (figure,) = [f for f in lxml.html.fromstring(page).iter("figure") if f.get("data-chart") == f"cv-{stage}"]
    spec = json.loads(str(figure.find(".//script").text))
    texts = [r["text"] for rows in spec["datasets"].values() for r in rows if "text" in r and "failed" in r]
    with open_marts(release / "marts.duckdb") as con:
        judged = con.execute(
            "select cv_status, count(*) from marts.fct_district_indicators where stage = ? and cv_status in"
            " ('met', 'not_met', 'undetermined')"
            " and school_year = (select max(school_year) from marts.fct_district_indicators) group by 1",
            [stage],
        ).fetchall()
    signs = {"▼": "not_met", "？": "undetermined"}
    drawn = [signs.get(text[0], "met") for text in texts]
    assert {status: drawn.count(status) for status in set(drawn)} == dict(judged)
