"""Names of produced files: every system takes them, and none is a path."""

import pytest

from dagster_project.core.homes import file_name


@pytest.mark.parametrize(
    "town",
    [
        "..",
        ".",
        "",
        " ",
        "../东镇",
        "..\\东镇",
        "/东镇",
        "CON",
        "con.txt",
        "nul",
        "东镇.",
        "东镇 ",
        "a" * 300,
    ],
)
def test_no_name_in_the_data_becomes_a_path_or_a_device(town: str) -> None:
    name = file_name(town, suffix="")
    assert name and not set(name) & set('/\\:*?"<>|') and name.strip(". ") == name
    assert name.split(".")[0].upper() not in {"CON", "NUL"} and len(name) <= 100


def test_a_usual_name_stays_as_it_is() -> None:
    assert file_name("东镇", "监测", 2023, suffix=".xlsx") == "东镇_监测_2023.xlsx"
