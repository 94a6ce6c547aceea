"""A run that gives a release again puts it in force, and undoes no person's choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.core.homes import Home
from dagster_project.warehouse import release

FIRST, SECOND, THIRD = (f"2025010{n}T080000-0000000{n}" for n in (1, 2, 3))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three releases, the last of them in force."""
    for name in (FIRST, SECOND, THIRD):
        (tmp_path / "releases" / name).mkdir(parents=True)
        (tmp_path / "releases" / name / "release.json").write_text("{}")
    made = Home(tmp_path)
    release.put_in_force(made, THIRD)
    return made


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
    assert home.release_in_force() == expected
