"""The seed of standards is refused when a row judges nothing or contradicts another."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.core.homes import DBT_DIR
from dagster_project.warehouse import build
from tests.warehouse.accepted_fixture import Accepted


def without_threshold(line: str) -> str:
    cells = line.split(",")
    return ",".join([*cells[:5], "", *cells[6:]])


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: [lines[0], without_threshold(lines[1]), *lines[2:]], id="no threshold"),
        pytest.param(lambda lines: [*lines, lines[1].replace(",2017,", ",2020,")], id="overlapping years"),
    ],
)
def test_a_standard_without_threshold_or_with_overlapping_years_stops_the_build(
    spoil: Callable[[list[str]], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(DBT_DIR, project, ignore=shutil.ignore_patterns("target", "logs"))
    seed = project / "seeds" / "standards.csv"
    seed.write_text("\n".join(spoil(seed.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    database = tmp_path / build.DATABASE_NAME
    Accepted().write(database)
    monkeypatch.setattr(build, "DBT_DIR", project)
    monkeypatch.setattr(build, "_TARGET", project / "target")
    monkeypatch.setattr(build, "_PREPARED", project / "target" / "prepared.msgpack")
    monkeypatch.setattr(build, "models_digest", lambda: "1" * 64)
    with pytest.raises(build.BuildFailed, match="standards") as failure:
        build.run_models(database, select=["standards"])
    # the rows are named in the message
    code, measure, stage = seed.read_text(encoding="utf-8").splitlines()[1].split(",")[:3]
    assert f"indicator_code={code}，measure={measure}，stage={stage}" in str(failure.value)


def seed(name: str) -> list[dict[str, str]]:
    with (DBT_DIR / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_by_models() -> set[str]:
    """Measures of the standards that some model reads."""
    texts = [path.read_text(encoding="utf-8") for path in (DBT_DIR / "models").rglob("*.sql")]
    return {
        m
        for text in texts
        for m in re.findall(r"judged_standards\('(\w+)'\)|measure = '(\w+)'", text)
        for m in m
        if m
    }


def reported_only() -> set[tuple[str, str, str]]:
    return {(r["measure"], r["indicator_code"], r["school_kind"]) for r in seed("standards_reported_only")}


def test_every_measure_of_the_seed_is_read_by_a_model() -> None:
    listed = {measure for measure, _, _ in reported_only()}
    assert {row["measure"] for row in seed("standards")} - read_by_models() - listed == set()


#: Measures whose rows are joined to figures by their code: a code without a figure would judge nothing.
FIGURES_OF = {
    "preschool_universality": ("preschool_figures", "figure_code"),
    "target": ("targets", "indicator_code"),
    "plan_target": ("targets", "indicator_code"),
    "school_threshold": ("indicators", "indicator_code"),
    "cv_limit": ("indicators", "indicator_code"),
}


@pytest.mark.parametrize("measure", sorted(FIGURES_OF))
def test_a_standard_without_a_figure_is_marked_as_reported_only(measure: str) -> None:
    name, column = FIGURES_OF[measure]
    figures = {row[column] for row in seed(name)}
    without = {
        (measure, row["indicator_code"], row["school_kind"])
        for row in seed("standards")
        if row["measure"] == measure and row["indicator_code"] not in figures
    }
    assert without == {key for key in reported_only() if key[0] == measure}


def test_each_reported_standard_is_one_of_the_seed() -> None:
    assert reported_only() <= {
        (r["measure"], r["indicator_code"], r["school_kind"]) for r in seed("standards")
    }


def test_a_ratio_of_pay_is_demanded_in_one_county_alone() -> None:
    places = {
        r["jurisdiction"]
        for r in seed("standards")
        if r["indicator_code"] == "temporary_to_in_post_pay_ratio"
    }
    assert places == {"nanjiang"}
