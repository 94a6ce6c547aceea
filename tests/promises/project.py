"""A copy of the project that a test edits as a developer would, and publishes with the command line.

The copy holds what an installation holds (code, models, suites, layouts); its tests and sample stay behind. Every file
that a test writes is recorded, so that the number of files can be compared with what the README promises.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl

from dagster_project.core.duck import open_marts
from dagster_project.core.homes import PROJECT_ROOT

PARTS = ("dagster_project", "dbt", "expectations", "raw_data/layouts")
LEFT_OUT = shutil.ignore_patterns("target", "logs", "__pycache__", "*.pyc")


@dataclass
class Project:
    """A copied project.

    Args:
        root: folder of the copy.
        raw: raw root that `publish` reads.
        home: home that `publish` writes.
    """

    root: Path
    raw: Path
    home: Path
    touched: list[str] = field(default_factory=list)
    #: What the last run printed, and what a test wants to remember of its own returns.
    said: str = ""
    sent: int = 0
    feed_files: int = 0
    due: int = 0

    @classmethod
    def copy_to(cls, folder: Path) -> Project:
        """Copy the project into `folder`."""
        root = folder / "project"
        for part in PARTS:
            shutil.copytree(PROJECT_ROOT / part, root / part, ignore=LEFT_OUT)
        return cls(root, folder / "raw", folder / "home")

    def _record(self, path: str) -> Path:
        if path not in self.touched:
            self.touched.append(path)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def write(self, path: str, text: str) -> None:
        """Create a file."""
        target = self._record(path)
        assert not target.exists(), f"{path} is there already"
        target.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace the only occurrence of a text in a file."""
        target = self._record(path)
        text = target.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        target.write_text(text.replace(old, new), encoding="utf-8")

    def append_text(self, path: str, text: str) -> None:
        """Add a text at the end of a file."""
        with self._record(path).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def append_row(self, path: str, **values: object) -> None:
        """Append a row to a seed; columns that are not given stay empty."""
        target = self._record(path)
        with target.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert set(values) <= set(header), set(values) - set(header)
        with target.open("a", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerow([values.get(name, "") for name in header])

    def change_standard(self, threshold: str, *, since: int, **where: str) -> int:
        """Close the rows of a standard before `since` and add rows with the new threshold.

        Returns:
            Number of rows replaced.
        """
        target = self._record("dbt/seeds/standards.csv")
        with target.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        old = [r for r in rows if all(r[k] == v for k, v in where.items()) and not r["valid_to"]]
        assert old, where
        new = [{**r, "threshold": threshold, "valid_from": str(since)} for r in old]
        for row in old:
            row["valid_to"] = str(since - 1)
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows, *new])
        return len(old)

    def junheng(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the copied program."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            [sys.executable, "-m", "dagster_project", *arguments],
            cwd=self.root, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=600,
        )  # fmt: skip

    def publish(self) -> str:
        """Publish a release of the raw root; what the command printed."""
        done = self.junheng("run", "--raw", str(self.raw), "--home", str(self.home))
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    # --- what a reader of the release sees ---

    @property
    def release(self) -> Path:
        """Folder of the release in force."""
        return (self.home / "current").resolve()

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Rows of the committee's database."""
        with open_marts(self.release / "marts.duckdb") as con:
            cursor = con.execute(sql)
            names = [d[0] for d in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def description(self) -> dict[str, Any]:
        """What `release.json` says."""
        found: dict[str, Any] = json.loads((self.release / "release.json").read_text(encoding="utf-8"))
        return found

    def page(self, name: str) -> str:
        """Visible text of a page of the site, one line per element."""
        return visible_text((self.release / "site" / name).read_text(encoding="utf-8"))

    def quoted(self) -> set[str]:
        """Texts that the release quotes: what schools and the plan wrote, titles and clauses of standards."""
        sql = "select item_title_zh, finding_zh from fct_rectification_ledger"
        texts = {str(text) for row in self.ask(sql) for text in row.values() if text}
        standards = self.ask("select source_document, clause from dim_standards")
        return texts | {str(text) for row in standards for text in row.values() if text}

    def texts(self) -> dict[str, list[str]]:
        """All that the system says, by kind of output: lines of pages and their data, cells, paragraphs."""
        quoted = self.quoted()
        return {
            kind: [t for t in texts if not any(q in t for q in quoted)]
            for kind, texts in self._all_texts().items()
        }

    def _all_texts(self) -> dict[str, list[str]]:
        site = self.release / "site"
        return {
            "pages": [line for p in sorted(site.rglob("*.html")) for line in visible_text(p.read_text(encoding="utf-8")).splitlines()],
            "scripts": [
                text for p in sorted([*site.rglob("data/*.js"), *site.rglob("assets/*.js")]) if p.name != "vega.js"
                for text in re.findall(r'"((?:[^"\\]|\\.)*)"', p.read_text(encoding="utf-8"))
            ],
            "charts": [
                text for p in sorted(site.rglob("*.html"))
                for block in re.findall(r'class="spec">(.*?)</script>', p.read_text(encoding="utf-8"), re.S)
                for text in re.findall(r'"((?:[^"\\]|\\.)*)"', block)
            ],
            "workbooks": [
                str(cell.value) for p in sorted((self.release / "workbooks").glob("*.xlsx"))
                for sheet in openpyxl.load_workbook(p) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
            ],
            "reports": [
                unescape(re.sub(r"<[^>]+>", "", paragraph)) for p in sorted((self.release / "reports").glob("*.docx"))
                for paragraph in zipfile.ZipFile(p).read("word/document.xml").decode().split("</w:p>")
            ],
        }  # fmt: skip

    def sheet(self, report: str, name: str) -> list[list[Any]]:
        """Cells of a sheet of the workbook whose name holds `report`."""
        (path,) = [p for p in (self.release / "workbooks").glob("*.xlsx") if report in p.name]
        return [[cell.value for cell in row] for row in openpyxl.load_workbook(path)[name].iter_rows()]


def visible_text(html: str) -> str:
    """Text of a page without scripts and tags."""
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.S)
    # words and the figures inside them stay one line; cells and blocks begin a new one
    text = re.sub(r"</?(?:span|a|b|small|strong|em|code)\b[^>]*>", "", text)
    lines = (line.strip() for line in unescape(re.sub(r"<[^>]+>", "\n", text)).splitlines())
    return "\n".join(line for line in lines if line)


def promised_files(change: str) -> int:
    """Number of files that the README's table of changes names for a kind of change."""
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = [row for row in readme.splitlines() if row.startswith(f"| {change} |")]
    return len(re.findall(r"`[^`]+\.(?:yml|json|sql|csv)`", line.split("|")[2]))
