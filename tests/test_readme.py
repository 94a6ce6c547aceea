"""What the README tells people to do can be done."""

from __future__ import annotations

import re

import typer.main
import yaml

from dagster_project.cli import app
from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake.parse.layouts import Layout

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_in_the_readme_exists_and_every_command_is_in_it() -> None:
    named = set(re.findall(r"`junheng ([\w-]+)", README))
    there = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]

    assert named == there


def test_every_option_of_the_commands_table_exists() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for usage in re.findall(r"`junheng ([^`]*)`", README):
        name, *rest = usage.split(maxsplit=1)
        known = {option for parameter in commands[name].params for option in parameter.opts}
        for option in re.findall(r"--[a-z-]+", rest[0] if rest else ""):
            assert option in known, f"junheng {name} {option}"


def test_the_example_of_a_layout_is_a_valid_layout() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert set(Layout.model_validate(yaml.safe_load(example)).feeds) == {"enrolment"}


def test_every_file_linked_or_named_as_a_place_exists() -> None:
    linked = re.findall(r"\]\((?!http)([^)]+)\)", README)
    named = re.findall(r"`((?:dbt|dagster_project|raw_data|notebooks)/[\w/]+\.\w+)`", README)

    assert linked and named
    for place in (*linked, *named):
        assert (PROJECT_ROOT / place).exists() or "<" in place, place
