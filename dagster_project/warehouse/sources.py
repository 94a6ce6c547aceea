"""Declares the accepted rows of each feed as a dbt source, from the feeds' own declarations."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dagster_project.intake.feeds import load_feeds

#: Folder of the dbt project that dbt_project.yml lists among the model paths; git ignores it.
SOURCES_FOLDER = Path("target/sources")


def sources_yaml() -> str:
    """The declaration: source `accepted` with one table per feed."""
    lines = [
        "version: 2",
        "",
        "# Written from dagster_project/intake/feeds/*.yml before dbt parses the project; edits are lost.",
        "sources:",
        "  - name: accepted",
        "    schema: accepted",
        "    tables:",
    ]
    for feed in load_feeds().values():
        lines += [f"      - name: {feed.feed}", f'        description: "Rows in force: {feed.name_zh}."']
    return "\n".join(lines) + "\n"


def write_sources(project: Path) -> None:
    """Write the declaration into the dbt project, unless it is there already.

    Args:
        project: folder of the dbt project.
    """
    file = project / SOURCES_FOLDER / "_feeds.yml"
    text = sources_yaml()
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    # moved when whole: another process may be parsing the project
    handle, scratch = tempfile.mkstemp(dir=file.parent.parent, prefix="sources-")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(scratch).replace(file)
