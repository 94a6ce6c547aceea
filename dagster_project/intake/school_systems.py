"""Which grades each stage has, by system of schools: read from the seed `school_systems`, which the models read too."""

from __future__ import annotations

from functools import lru_cache

from dagster_project.core.seeds import seed_rows

#: Six years of primary school and three of junior secondary school; five and four.
USUAL, EARLY = "six_three", "five_four"


@lru_cache(maxsize=1)
def grades_of_stages() -> dict[str, dict[str, range]]:
    """Numbers of the grades (1 is the first of primary school) by system and stage."""
    found: dict[str, dict[str, range]] = {}
    for row in seed_rows("school_systems"):
        grades = range(int(row["first_level"]), int(row["last_level"]) + 1)
        found.setdefault(row["school_system"], {})[row["stage"]] = grades
    return found
