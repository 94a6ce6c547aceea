"""Promise of the README: a changed standard is one closed row and one new row; every sentence and mark follows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.promises.project import Project, promised_files

#: What is changed: (measure, further conditions) → new threshold.
CHANGES = (
    ({"measure": "floor_ratio"}, "0.8"),
    ({"measure": "indicators_needed"}, "5"),
    ({"measure": "cv_limit", "stage": "primary"}, "0.47"),
    ({"measure": "cv_limit", "stage": "junior_secondary"}, "0.43"),
    ({"measure": "standard_size", "stage": "primary"}, "44"),
    ({"measure": "standard_size", "stage": "junior_secondary"}, "49"),
    ({"measure": "large_from"}, "55"),
    ({"measure": "super_large_from"}, "64"),
    ({"measure": "weight", "stage": "junior_secondary"}, "1.15"),
    ({"measure": "weight", "stage": "senior_secondary"}, "1.37"),
    ({"measure": "minimum_students"}, "48"),
)
#: Sentences that hold one of the old values. A figure of a school may be 85% as well: what surrounds it decides.
OLD = {
    "floor": r"(?:基本值|标准的|低于|不低于)\s*[（(]?\s*85\s*%|0\.85\b",
    "needed": r"(?:至少|不少于)\s*(?:6|六)\s*项|(?:七|7)项[^。]{0,12}(?:六|6)项",
    "cv": r"(?:不超过|限值|上限|≤|初中|小学)[^。0-9]{0,4}0\.(?:50?|45)(?!\d)",
    "sizes": r"(?:小学|初中|标准班额|标准)[^。0-9]{0,4}(?:45|50)\s*人|(?:大班额|超大班额)[^。0-9]{0,4}(?:56|66)",
    "bands": r"(?:46|51|56|66)\s*(?:[–—-]\s*(?:55|65)\s*人|人(?:及)?以上)",
    "weights": r"1\s*[:：]\s*1\.1\b|\b1\.32\b",
    "points": r"不足\s*50\s*(?:人|名)",
}
#: New values that must be read in each kind of output.
NEW = {
    "pages": (r"80\s*%", r"0\.47", r"0\.43", r"44\s*人", r"49\s*人", r"(?<!\d)55\s*人", r"(?<!\d)64\s*人", r"1\.15", r"1\.37"),
    "workbooks": (r"80\s*%", r"0\.47", r"0\.43", r"(?:5|五)项", r"48\s*人"),
}  # fmt: skip


@pytest.fixture(scope="module")
def published(copied: Callable[[], Project]) -> Project:
    """A release for which the standards of 2023 were changed."""
    project = copied()
    for where, threshold in CHANGES:
        project.change_standard(threshold, since=2023, **where)
    project.publish()
    return project


def test_as_many_files_are_touched_as_the_readme_says(published: Project) -> None:
    assert published.touched == ["dbt/seeds/standards.csv"]
    assert promised_files("标准变了") == 1


def test_verdicts_follow_the_changed_floor(published: Project) -> None:
    """A figure between 80% and 85% of its standard keeps its school compliant."""
    rows = published.ask(
        "select c.status, count(*) as n from fct_school_compliance as c"
        " where c.lowest_ratio >= 0.8 and c.lowest_ratio < 0.85 and c.indicators_met >= 5 and c.indicators_available = 7"
        " group by 1"
    )
    assert {r["status"] for r in rows} <= {"compliant"}
    floors = published.ask(
        "select distinct gap_to_floor from fct_school_indicators where ratio between 0.8 and 0.85"
    )
    assert {r["gap_to_floor"] for r in floors} <= {0.0}


def test_variation_is_judged_by_the_changed_limits(published: Project) -> None:
    limits = {
        (r["stage"], r["cv_limit"])
        for r in published.ask("select * from fct_district_indicators where cv_limit is not null")
    }
    assert limits == {("primary", 0.47), ("junior_secondary", 0.43)}


@pytest.mark.parametrize("what", list(OLD))
def test_no_sentence_or_mark_holds_the_old_value(published: Project, what: str) -> None:
    pattern = re.compile(OLD[what])
    found = {
        kind: sorted({text[:160] for text in texts if pattern.search(text)})
        for kind, texts in published.texts().items()
    }
    assert {kind: texts for kind, texts in found.items() if texts} == {}


@pytest.mark.parametrize("kind", list(NEW))
def test_the_new_values_are_said(published: Project, kind: str) -> None:
    texts = published.texts()[kind]
    assert [p for p in NEW[kind] if not any(re.search(p, t) for t in texts)] == []


def test_charts_draw_the_changed_standard(published: Project) -> None:
    for page in ("indicators.html", "index.html"):
        source = (published.release / "site" / page).read_text(encoding="utf-8")
        assert not re.search(r"datum[^\"]{0,40}0\.85|[\":, ]0\.85[,} ]", source), page
    for script in (published.release / "site" / "assets").glob("*.js"):
        if script.name != "vega.js":
            assert not re.search(r"0\.85|1\.32|\b0\.45\b", script.read_text(encoding="utf-8")), script.name
