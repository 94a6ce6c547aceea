"""Worn workbooks of statistics forms give the same, read after hundreds of others or each for itself.

What the labels of a form say is remembered for the next workbook with the same labels. Here sheets are worn at random,
so that some labels are as before and some are not, and every workbook is read both ways.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.core.homes import LAYOUTS_DIR
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import Grid
from dagster_project.intake.parse.forms import reading
from dagster_project.intake.parse.forms.declared import Era, load_eras
from dagster_project.intake.parse.forms.shapes import known_form
from dagster_project.intake.parse.forms.tables import FormSheet, FormTable, read_labels
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.parse.sheets import parse_grids
from dagster_project.speed import SWITCH

FOLDER = Path(__file__).parents[1] / "fixtures" / "national_forms"
FILES = sorted(FOLDER.rglob("*.xlsx"))
Wear = Callable[[list[Grid], Grid, random.Random], None]


def texts_of(grid: Grid) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i, row in enumerate(grid.rows)
        for j, cell in enumerate(row)
        if isinstance(cell, str) and not cell.isascii() and len(cell) > 1
    ]


def figures_of(grid: Grid) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i, row in enumerate(grid.rows[4:], 4)
        for j, cell in enumerate(row[2:], 2)
        if isinstance(cell, str) and cell.isascii()
    ]


def two_line_label(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    i, j = chance.choice(texts_of(grid))
    text = grid.rows[i][j]
    at = chance.randint(1, len(text) - 1)
    grid.rows[i][j] = text[:at] + chance.choice(("\n", "_x000D_\n", "　", "  ")) + text[at:]


def other_label(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    i, j = chance.choice(texts_of(grid))
    grid.rows[i][j] = chance.choice(("其他", "合计", "", grid.rows[i][j] + "（千册）"))


def same_label_twice(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    (i, j), (k, m) = chance.choice(texts_of(grid)), chance.choice(texts_of(grid))
    grid.rows[i][j] = grid.rows[k][m]


def extra_row(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    at = chance.randrange(len(grid.rows))
    grid.rows.insert(at, chance.choice(([""] * len(grid.rows[at]), [*grid.rows[at]])))


def lost_row(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    del grid.rows[chance.randrange(len(grid.rows))]


def swapped_rows(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    i, k = chance.randrange(len(grid.rows)), chance.randrange(len(grid.rows))
    grid.rows[i], grid.rows[k] = grid.rows[k], grid.rows[i]


def shorter_row(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    row = chance.choice(grid.rows)
    del row[chance.randrange(len(row)) :]


def extra_column(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    at = chance.randrange(len(grid.rows[0]))
    for row in grid.rows:
        row.insert(at, "")


def moved_sheet(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    grid.first_row += 1
    grid.merges = [(top + 1, left, bottom + 1, right) for top, left, bottom, right in grid.merges]


def lost_merges(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    grid.merges = []


def moved_merge(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    if grid.merges:
        top, left, bottom, right = grid.merges.pop(chance.randrange(len(grid.merges)))
        grid.merges.append((top, left + 1, bottom, right + 1))


def other_figure(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    for i, j in chance.sample(figures_of(grid), 3):
        grid.rows[i][j] = chance.choice(
            ("", "*", "-", "12", "7.5", 3, 4.0, "约5", "１２", "1,234", True, None)
        )


def lost_form(grids: list[Grid], grid: Grid, chance: random.Random) -> None:
    grids.remove(grid)


def form_twice(grids: list[Grid], grid: Grid, chance: random.Random) -> None:
    again = copy.deepcopy(grid)
    again.sheet += "续表"
    grids.append(again)


def other_order(grids: list[Grid], grid: Grid, chance: random.Random) -> None:
    chance.shuffle(grids)


def other_name(_: list[Grid], grid: Grid, chance: random.Random) -> None:
    grid.sheet = "Sheet1"


WEAR: tuple[Wear, ...] = (
    two_line_label, other_label, same_label_twice, extra_row, lost_row, swapped_rows, shorter_row, extra_column,
    moved_sheet, lost_merges, moved_merge, other_figure, lost_form, form_twice, other_order, other_name,
)  # fmt: skip


def worn(grids: list[Grid], chance: random.Random) -> list[Grid]:
    """A copy of a workbook with one to three things that happen to workbooks."""
    found = copy.deepcopy(grids)
    for wear in chance.choices(WEAR, k=chance.randint(1, 3)):
        forms = [g for g in found if len(texts_of(g)) > 3 and len(figures_of(g)) > 3]
        if forms:
            wear(found, chance.choice(forms), chance)
    return found


def read(grids: list[Grid], year: int, eras: list[Era]) -> ParsedFile:
    return parse_grids(iter(copy.deepcopy(grids)), year, [], eras)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_worn_forms_give_the_same_with_and_without_a_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    year, eras = int(path.parent.name), load_eras(LAYOUTS_DIR)
    grids = list(read_grids(path.read_bytes(), ".xlsx"))
    for seed in range(25):
        book = worn(grids, random.Random(f"{path.stem} {seed}"))
        monkeypatch.setenv(SWITCH, "1")
        alone = read(book, year, eras)
        monkeypatch.setenv(SWITCH, "0")
        assert read(book, year, eras) == alone, seed
        assert read(book, year, eras) == alone, seed  # now its own labels are remembered


def test_a_known_form_costs_no_look_at_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second workbook of the school finds no row and no column by its label again."""
    path = next(p for p in FILES if p.stem == "合成示例第一小学（小学）")
    eras, grids = load_eras(LAYOUTS_DIR), list(read_grids(path.read_bytes(), ".xlsx"))
    looked: list[str] = []
    find = FormTable.find

    def counted(table: FormTable, place: object) -> object:
        looked.append(table.key)
        return find(table, place)  # type: ignore[arg-type]

    def counted_labels(sheet: FormSheet, key: str, form: object) -> None:
        looked.append(key)
        read_labels(sheet, key, form)  # type: ignore[arg-type]

    monkeypatch.setattr(FormTable, "find", counted)
    monkeypatch.setattr(reading, "read_labels", counted_labels)
    first = read(grids, 2023, eras)
    assert looked
    looked.clear()
    assert read(grids, 2023, eras) == first
    assert looked == []


@pytest.mark.parametrize(
    "change",
    [lost_merges, lost_row, other_label, moved_sheet, shorter_row],
    ids=lambda change: change.__name__,
)
def test_a_form_is_known_by_its_labels_and_what_surrounds_them(change: Wear) -> None:
    year, path = 2023, next(p for p in FILES if p.stem == "合成示例第一小学（小学）")
    eras, grids = load_eras(LAYOUTS_DIR), list(read_grids(path.read_bytes(), ".xlsx"))
    read(grids, year, eras)
    era = next(era for era in eras if era.is_in_force(year))
    form = next(grid for grid in grids if grid.sheet.startswith("教基3112"))
    assert known_form(form, era) is not None
    change(grids, form, random.Random(1))
    assert known_form(form, era) is None


@pytest.mark.parametrize(
    ("cell", "written", "is_known"),
    [
        ((5, 0), "总　　计", True),
        ((2, 2), "毕业_x000D_\n生数", True),
        ((3, 3), "小 计", True),
        ((5, 0), "合计人数", False),
        ((2, 2), "毕业生数（千人）", False),
        ((4, 2), "１", False),
    ],
    ids=[
        "blanks",
        "two lines",
        "a word for total",
        "another label",
        "another unit",
        "a number in another width",
    ],
)
def test_a_form_is_known_by_what_its_labels_say(cell: tuple[int, int], written: str, is_known: bool) -> None:
    """Blanks and line breaks in a label don't make another form of it."""
    year, path = 2023, next(p for p in FILES if p.stem == "合成示例第一小学（小学）")
    eras, grids = load_eras(LAYOUTS_DIR), list(read_grids(path.read_bytes(), ".xlsx"))
    read(grids, year, eras)
    form = next(grid for grid in grids if grid.sheet.startswith("教基3112"))
    form.rows[cell[0]][cell[1]] = written
    era = next(era for era in eras if era.is_in_force(year))
    assert (known_form(form, era) is not None) is is_known
