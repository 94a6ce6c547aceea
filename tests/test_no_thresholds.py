"""No standard and no count of judged indicators is typed outside the seeds.

The seeds give the figures; the search looks for each in the forms in which a program or a sentence would hold it:
compared or multiplied (`>= 0.85`), as a share (85%), with its measure word (45 人, 6 项), as a year
(2022 年及以后), or as itself where no other meaning is likely (1.32). A count of indicators (七项指标) is found whatever
its number is: one that the seed has left behind is as wrong as today's.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR, PROJECT_ROOT
from dagster_project.core.numbers import chinese_numeral
from dagster_project.warehouse.tiers import load_tiers

#: Folders that are searched, and the kinds of file in them.
_SEARCHED = ("dagster_project", "dbt/models", "dbt/macros", "dbt/tests", "expectations", "notebooks")
_KINDS = frozenset((".py", ".js", ".j2", ".html", ".yml", ".json", ".sql", ".ipynb", ".md"))
#: Measures whose figures are judged by or printed; the others of the seed are compared by the same models.
_COUNTED = frozenset(
    ("standard_size", "large_from", "super_large_from", "minimum_students", "small_rural_class")
)
#: Smaller whole numbers are compared for many other reasons.
_SMALLEST_TELLING = 45
_MEASURE_WORDS = "人|名|项|元|㎡|册|间|个指标|students"

_COUNT = r"(?<![\d.第])(?:\d+|[三四五六七八九十]+)\s*"
#: Sentences that count indicators, whatever the number: 七项指标, 全部 8 项, 七项中, seven judged indicators.
_COUNTS_OF_INDICATORS = (
    rf"{_COUNT}[项个](?:判断|评判|评估|资源配置|监测)*的?指标",
    rf"(?:全部|所有|这|上述|其余|学校的?)\s*{_COUNT}项",
    rf"{_COUNT}项(?:逐项|中(?!小)|齐|都|均|全)",
    r"(?i:(?<![\w-])(?:\d+|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r" (?:judged |monitored |official |resource )*indicators\b)",
)

#: Files that may hold figures of the standards, each with the reason.
EXCEPTIONS = {
    "dagster_project/sample/": "the synthetic district is drawn so that it lies around the standards",
    "dagster_project/bench/": "measures time; its figures are repetitions, sizes and ratios of seconds",
    "dagster_project/publish/phrases.py": "its docstrings show each sentence as the seed of today fills it",
    "dagster_project/warehouse/tiers.yml": "home of the fewest people behind a mean",
}
#: Lines that hold such a figure with another meaning: path (with wildcards), part of the line, reason.
OTHER_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("dagster_project/intake/parse/*.py", "near[0][0] >= 50", "how alike two headings are"),
    ("dagster_project/forms/entry_forms.py", '"y_scale": 1.1', "height of the box of a note"),
    ("dagster_project/intake/findings.yml", "30人", "example of a cell that is no number"),
    ("dagster_project/publish/charts*", "high * 1.1", "room above the highest bar"),
    ("dagster_project/publish/charts*", "abs(high) * 0.1", "room beside the outermost point"),
    ("dagster_project/publish/charts*", "share < 0.15", "on which side of a line its text is written"),
    ("dagster_project/publish/site/*.py", "len(rows) > 50", "rows per screen"),
    ("dagster_project/questions/find_figures.py", "score >= 0.5", "how alike two names of indicators are"),
    (
        "expectations/*",
        "p.students >= 50",
        "experience rule: a jump is only surprising in a stage of some size",
    ),
    ("expectations/*", "t.students > 50", "experience rule: a median needs schools of some size"),
    (
        "notebooks/03_changed_standard.py",
        "for share in (0.8, 0.9",
        "trial values around the standard in force",
    ),
)


def _seed(name: str) -> list[dict[str, str]]:
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _patterns() -> dict[str, re.Pattern[str]]:
    """What is searched for, by the figure that it would be."""
    found: dict[str, set[str]] = {}

    def add(figure: str, *patterns: str) -> None:
        found.setdefault(figure, set()).update(patterns)

    for row in _seed("standards"):
        if not row["threshold"]:
            continue
        value, text = float(row["threshold"]), f"{float(row['threshold']):g}"
        number = re.escape(text)
        if value != int(value):
            # compared or multiplied in a program, or in a sentence with two digits
            add(text, rf"(?:[<>*]=?|==|不[低高超少多]\w?于?过?)\s*0?{number.removeprefix('0')}0?(?![\d.])")
            if len(text.replace(".", "").strip("0")) >= 2 and row["measure"] in (
                "floor_ratio",
                "weight",
                "cv_limit",
            ):
                add(text, rf"(?<![\d.\w]){number}(?![\d.])")
        if 0 < value < 1 and row["measure"] == "floor_ratio":
            add(text, rf"(?<![\d.]){value * 100:g}\s*%")
        if row["measure"] in _COUNTED:
            add(text, rf"(?<![\d.]){number}\s*(?:{_MEASURE_WORDS})")
            if value >= _SMALLEST_TELLING:
                add(text, rf"[<>]=?\s*{number}(?![\d.])")
        if row["measure"] == "exempt_if_founded_from":
            add(text, rf"{number}\s*年(?:及以后|起|后)", rf"[<>]=?\s*{number}(?![\d.])")
        if row["measure"] == "indicators_needed":
            add(text, rf"至少\s*(?:{number}|{chinese_numeral(int(value))})\s*[项个]")
    judged = sum(r["is_judged"] == "true" for r in _seed("indicators"))
    add(
        "judged indicators",
        rf"(?:(?<![\d.]){judged}\s*|{chinese_numeral(judged)})项",
        rf"\*\s*{judged}\b(?=\s*[\],)])",
        *_COUNTS_OF_INDICATORS,
    )
    people = load_tiers().minimum_people
    add("minimum people", rf"(?:不足|少于|最少)\s*(?:{people}|{chinese_numeral(people)})")
    return {figure: re.compile("|".join(sorted(forms))) for figure, forms in found.items()}


def _files(root: Path) -> Iterator[Path]:
    for folder in _SEARCHED:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _KINDS and path.is_file() and "vega" not in path.name:
                yield path


def typed_figures(root: Path) -> dict[str, list[str]]:
    """Lines that hold a standard, by path below the root: `line number: figure: line`."""
    patterns = _patterns()
    found: dict[str, list[str]] = {}
    for path in _files(root):
        name = path.relative_to(root).as_posix()
        if any(name == e or (e.endswith("/") and name.startswith(e)) for e in EXCEPTIONS):
            continue
        text = path.read_text(encoding="utf-8")
        if name.startswith("dbt/models/"):  # figures of unit tests are worked out by hand
            text = text.partition("\nunit_tests:\n")[0]
        for number, line in enumerate(text.splitlines(), 1):
            if any(fnmatch(name, p) and part in line for p, part, _ in OTHER_MEANINGS):
                continue
            for figure, pattern in patterns.items():
                if pattern.search(line):
                    found.setdefault(name, []).append(f"{number}: {figure}: {line.strip()[:140]}")
    return found


def test_no_standard_is_typed_outside_the_seeds() -> None:
    found = typed_figures(PROJECT_ROOT)
    listed = "\n".join(f"{name}:{line}" for name, lines in found.items() for line in lines)
    assert not listed, f"fill these from dim_standards (publish/phrases.py):\n{listed}"


def test_every_exception_is_still_there() -> None:
    assert [e for e in EXCEPTIONS if not (PROJECT_ROOT / e).exists()] == []


_JUDGED = sum(row["is_judged"] == "true" for row in _seed("indicators"))
PLANTED = {
    "dagster_project/a.py": "floor = threshold * 0.85\n",
    "dagster_project/b.py": 'text = "其余一项不低于标准的85%"\n',
    "dagster_project/c.py": f'heads = ["x", *[13] * {_JUDGED}]\n',
    "dagster_project/publish/site/assets/d.js": "if (ratio >= 0.85) near();\n",
    "dagster_project/publish/site/templates/e.html.j2": f"<p>{chinese_numeral(_JUDGED)}项指标达到标准</p>\n",
    "dagster_project/publish/catalogue/f.yml": "note_zh: 标准班额：小学 45 人，初中 50 人\n",
    "dagster_project/publish/catalogue/g.yml": "note_zh: 2022年及以后新建的学校不适用\n",
    "dbt/models/h.sql": "select case when students >= 56 then 'large' end\n",
    "dbt/models/i.yml": 'description: "差异系数不超过0.50"\n',
    "dagster_project/publish/catalogue/l.yml": f"note_zh: 学校{chinese_numeral(_JUDGED + 1)}项指标\n",
    "dbt/models/m.yml": "description: One row per school; null unless all nine judged indicators are known\n",
    "notebooks/README.md": f"全部 {_JUDGED - 1} 项对照标准\n",
    "notebooks/j.py": "# 学生按 1 : 1.1 : 1.32 加权\n",
    "expectations/k.json": '{"message_zh": "平均工资背后不足3人的不公布"}\n',
}


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_planted_standard_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(PLANTED[name], encoding="utf-8")
    assert list(typed_figures(tmp_path)) == [name]


def test_a_copy_of_the_project_with_a_planted_standard_is_found(tmp_path: Path) -> None:
    shutil.copytree(PROJECT_ROOT / "dagster_project" / "publish", tmp_path / "dagster_project" / "publish")
    before = typed_figures(tmp_path)
    target = tmp_path / "dagster_project" / "publish" / "excel" / "sheets.py"
    target.write_text(target.read_text(encoding="utf-8") + '\nHEAD = "基本值(85%)"\n', encoding="utf-8")
    after = typed_figures(tmp_path)
    assert set(after) - set(before) == {"dagster_project/publish/excel/sheets.py"}
