"""The file of spellings is checked when it is loaded: a word that no cell can mean is named with what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.declarations import read_declaration
from dagster_project.core.errors import UserError
from dagster_project.intake.feeds import load_feeds
from dagster_project.intake.parse.cells import convert_column
from dagster_project.intake.parse.spellings import SPELLINGS_FILE, _Spellings, load_spellings


def test_the_words_of_the_project_are_in_order() -> None:
    assert load_spellings().words["公办"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("  公办: [", "  公力: [", "“公力”不是任何表的可填词"),
        ("  小学: [", "  小学校: [", "“小学校”不是任何表的可填词；是不是 小学"),
        ("[公立,", "[ＰＵＢＬＩＣ,", "应写成“public”"),
        ("[私立,", "[公立, 私立,", "“公立”同时写在“公办”和“民办”下"),
        ("grade_stages:\n", "grade_stages:\n  小 学: 0\n", "应写成“小学”"),
        ("multigrade: [", "multi: [", "multi"),
    ],
)
def test_a_word_that_cannot_be_met_is_refused_with_what_to_write(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    text = SPELLINGS_FILE.read_text(encoding="utf-8")
    assert text.count(right) == 1
    path = tmp_path / "spellings.yml"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(UserError, match=r"spellings\.yml 写得不对") as caught:
        read_declaration(path, _Spellings)
    assert said in str(caught.value)


def test_the_two_grounds_for_closing_are_read_as_people_say_them_and_a_claim_of_completion_is_asked_about() -> (
    None
):
    """Done may mean before its review or after: the form says which word is for which."""
    ground = load_feeds()["rectification_tasks"].column("proof_kind")
    assert convert_column(["凭数据", "凭资料", "数据"], ground).values == ["figure", "documents", "figure"]
    state = load_feeds()["rectification_progress"].column("reported_state")
    assert list(convert_column(["已完成"], state).faults) == [0]
    assert "“待复核”" in state.note_zh and "“已销号”" in state.note_zh
