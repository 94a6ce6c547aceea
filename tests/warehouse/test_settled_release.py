"""A run that gives a release again puts it in force, and undoes no person's choice."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from dagster_project.core.homes import Home
from dagster_project.run_command import print_results
from dagster_project.warehouse import release, steps

FIRST, SECOND, THIRD, FOURTH = (f"2025010{n}T080000-0000000{n}" for n in (1, 2, 3, 4))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three releases, the last of them in force."""
    for name in (FIRST, SECOND, THIRD):
        (tmp_path / "releases" / name).mkdir(parents=True)
        (tmp_path / "releases" / name / "release.json").write_text("{}")
    made = Home(tmp_path)
    release.put_in_force(made, THIRD)
    return made


def written(home: Home, release_id: str) -> steps.Build:
    """A build whose folders are written, before the switch."""
    folders = (home.releases / f".build-{release_id}", home.analyst / f".build-{release_id}")
    for folder in folders:
        folder.mkdir(parents=True)
    (folders[0] / "release.json").write_text("{}")
    started = SimpleNamespace(home=home, release_id=release_id, folder=folders[0], analyst_folder=folders[1])
    return cast(steps.Build, started)


#: What happens one after the other, and the release in force then.
STORIES = {
    "an older one is given again": ([("run", FIRST)], FIRST),
    "a later run sweeps first": ([("run", FIRST), ("sweep", "")], FIRST),
    "and again the newest": ([("run", FIRST), ("run", THIRD)], THIRD),
    "and another older one": ([("run", FIRST), ("run", SECOND), ("sweep", "")], SECOND),
    "a person passed over what is given": ([("person", FIRST), ("run", THIRD), ("sweep", "")], FIRST),
    "a person passed over another": ([("person", FIRST), ("run", SECOND), ("sweep", "")], SECOND),
    "a person chose what is given": ([("person", FIRST), ("run", FIRST)], FIRST),
    "a run, then a person": ([("run", FIRST), ("person", SECOND), ("run", THIRD)], SECOND),
    "a person went back from one that a run had given": (
        [("run", SECOND), ("person", FIRST), ("run", SECOND), ("run", THIRD)],
        FIRST,
    ),
    "a person went back twice": ([("person", SECOND), ("person", FIRST), ("run", SECOND)], FIRST),
    "and a run gave the first one": (
        [("person", SECOND), ("person", FIRST), ("run", FIRST), ("run", THIRD)],
        FIRST,
    ),
    "a person chose again what was gone back from": (
        [("person", FIRST), ("person", THIRD), ("run", FIRST), ("run", THIRD)],
        THIRD,
    ),
    "going forward is no going back": ([("run", FIRST), ("person", SECOND), ("run", FIRST)], FIRST),
    "a new release came since": ([("person", SECOND), ("publish", FOURTH), ("run", THIRD)], FOURTH),
    "and was not put in force": ([("person", SECOND), ("interrupted", FOURTH), ("sweep", "")], FOURTH),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_release_in_force_is_the_one_that_was_given_or_chosen_last(home: Home, story: str) -> None:
    events, expected = STORIES[story]
    for what, which in events:
        match what:
            case "run":
                release.settle(home, which)
            case "person":
                release.roll_back(home, which)
            case "sweep":
                release.sweep(home)
            case "publish":
                steps.switch_on(written(home, which))
            case "interrupted":  # the switch ended before its last step
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(release, "put_in_force", lambda *_: None)
                    steps.switch_on(written(home, which))
    assert home.release_in_force() == expected


@pytest.mark.parametrize("written_before", [THIRD, f"{THIRD}\n"])
def test_what_earlier_versions_wrote_of_a_choice_holds(home: Home, written_before: str) -> None:
    release.put_in_force(home, FIRST)
    home.rollback.write_text(written_before, encoding="utf-8")
    release.settle(home, THIRD)
    assert home.release_in_force() == FIRST


@pytest.mark.parametrize(
    ("events", "said", "unsaid"),
    [
        ([], ["沿用版本：" + THIRD], ["提示："]),
        ([("run", FIRST)], ["沿用版本：" + FIRST, "不是最新的 " + THIRD], ["退回过"]),
        ([("person", FIRST), ("run", THIRD)], ["退回过，没有重新生效", "生效的是较早的版本 " + FIRST], ["沿用"]),
    ],
)  # fmt: skip
def test_a_run_without_news_says_which_release_is_in_force(
    home: Home,
    events: list[tuple[str, str]],
    said: list[str],
    unsaid: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = THIRD
    for what, given in events:
        release.roll_back(home, given) if what == "person" else release.settle(home, given)
    print_results(home, given, is_new=False)
    text = capsys.readouterr().out
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []
    assert f"成果在：{home.current_dir()}" in text
