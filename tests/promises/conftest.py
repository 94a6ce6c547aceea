"""Copies of the project for the promises of the README."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dagster_project.sample.workbooks import write_sample
from tests.promises.project import Project


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Maker of a copied project with the returns of a small synthetic district and its rectification plan."""

    def make() -> Project:
        project = Project.copy_to(tmp_path_factory.mktemp("promise"))
        write_sample(project.raw, schools=12, years=[2023])
        return project

    return make
