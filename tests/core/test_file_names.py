"""Names of produced files: every system takes them, none is a path, and no two are the same file."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.core.homes import distinct_file_names, file_name

TOWNS = ["..", ".", "", " ", "../东镇", "..\\东镇", "/东镇", "CON", "con.txt", "nul", "东镇.", "东镇 ", "a" * 300,
         "东镇\u202e", "东\x00镇", "𠀀" * 300]  # fmt: skip
#: What Windows reserves, with any ending.
DEVICE = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\..*)?", re.IGNORECASE)


def is_taken_everywhere(name: str) -> bool:
    """True for a name of one file or folder on Windows, macOS and Linux."""
    return bool(
        name
        and not set(name) & set('/\\:*?"<>|')
        and not any(unicodedata.category(c).startswith("C") for c in name)
        and name.strip(". ") == name
        and not DEVICE.fullmatch(name)
        and len(name.encode()) <= 255
    )


@pytest.mark.parametrize("town", TOWNS)
def test_no_name_in_the_data_becomes_a_path_or_a_device(town: str) -> None:
    assert is_taken_everywhere(file_name(town, suffix=""))
    assert is_taken_everywhere(file_name("问题反馈", town, suffix=".xlsx"))


@given(parts=st.lists(st.text() | st.sampled_from(TOWNS), min_size=1, max_size=4))
def test_no_text_at_all_does(parts: list[str]) -> None:
    assert is_taken_everywhere(file_name(*parts, suffix=""))
    assert is_taken_everywhere(file_name(*parts, suffix=".xlsx"))


def test_a_usual_name_stays_as_it_is() -> None:
    assert file_name("东镇", "监测", 2023, suffix=".xlsx") == "东镇_监测_2023.xlsx"


def test_a_number_at_the_end_is_kept_when_a_name_is_cut() -> None:
    names = {file_name("长" * 300, *number, suffix=".xlsx") for number in ([], [2], [3])}
    assert len(names) == 3


@given(towns=st.lists(st.text(max_size=5) | st.sampled_from(TOWNS), unique=True, max_size=20))
def test_two_towns_never_share_a_folder(towns: list[str]) -> None:
    towns += [t.swapcase() for t in towns] + ["长" * 90 + t for t in towns]
    names = distinct_file_names(towns)
    assert set(names) == set(towns)
    assert len({name.casefold() for name in names.values()}) == len(names)
    assert all(is_taken_everywhere(name) for name in names.values())
