"""The house: rooms stand in the order of time, and each kind of thing is written in one place."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.core.homes import EXPECTATIONS_DIR, PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "dagster_project"
#: A module imports only from rooms before its own. Rooms of one line stand side by side and don't see each other.
ORDER = (
    ("core",),
    ("speed",),
    ("intake",),
    ("forms",),
    ("record", "sample"),
    ("warehouse",),
    ("publish",),
    ("region",),
    ("questions",),
    ("explore",),
    ("run",),
    ("bench", "defs", "run_command"),
    ("definitions", "cli"),
    ("__main__",),
)
PLACE = {room: place for place, rooms in enumerate(ORDER) for room in rooms}
#: Imports that climb for a reason.
ALLOWED: dict[tuple[str, str], str] = {}


def module_name(path: Path, root: Path) -> str:
    """Dotted name of a module of the package below `root`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(("dagster_project", *(p for p in parts if p != "__init__")))


def imports_of(source: str, name: str, known: set[str]) -> Iterator[str]:
    """Modules of the package that a module imports, at its top or inside functions; not for type checking only."""
    tree = ast.parse(source)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in known)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dagster_project"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                target = whole if whole in known else str(node.module)
                if target != name:
                    yield target


def graph_of(root: Path) -> dict[str, set[str]]:
    """Which module imports which."""
    paths = {module_name(p, root): p for p in root.rglob("*.py")}
    return {
        name: set(imports_of(path.read_text(encoding="utf-8"), name, set(paths)))
        for name, path in paths.items()
    }


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    return graph_of(PACKAGE)


def room_of(module: str) -> str:
    """First folder or module below the package; the package itself belongs to core."""
    return [*module.split("."), "core"][1]


def climbing(graph: dict[str, set[str]]) -> list[str]:
    """Imports of a room that stands later, or beside."""
    return sorted(
        f"{name} imports {target}"
        for name, targets in graph.items()
        for target in targets
        if room_of(name) != room_of(target)
        and PLACE[room_of(target)] >= PLACE[room_of(name)]
        and (name, target) not in ALLOWED
    )


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other, directly or over others."""
    reach = {name: set(targets) for name, targets in graph.items()}
    grown = True
    while grown:
        grown = False
        for targets in reach.values():
            more = set().union(*(reach.get(t, set()) for t in targets)) - targets
            if more:
                targets |= more
                grown = True
    groups = {frozenset(m for m in reach[n] if n in reach.get(m, set())) for n in reach if n in reach[n]}
    return sorted(sorted(g) for g in groups)


def test_each_room_has_its_place(graph: dict[str, set[str]]) -> None:
    rooms = {room_of(name) for name in graph}
    assert rooms <= set(PLACE), rooms - set(PLACE)


def test_no_import_climbs(graph: dict[str, set[str]]) -> None:
    assert climbing(graph) == []


def test_no_modules_import_in_a_circle(graph: dict[str, set[str]]) -> None:
    assert circles(graph) == []


def test_a_climbing_import_and_a_circle_would_be_found(tmp_path: Path) -> None:
    for name, text in {
        "core/a.py": "def f():\n    from dagster_project.publish import b\n",
        "publish/b.py": "from dagster_project.publish.c import x\n",
        "publish/c.py": "def x():\n    from dagster_project.publish import b\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    graph = graph_of(tmp_path)
    assert climbing(graph) == ["dagster_project.core.a imports dagster_project.publish.b"]
    assert circles(graph) == [["dagster_project.publish.b", "dagster_project.publish.c"]]


# --- SQL lies in files ---

#: What begins a statement; words of Chinese messages and docstrings don't look like it.
_STATEMENT = re.compile(
    r"^\s*(?:with\s+\w+\s+as\s*\(|select\s|insert\s+into\s|delete\s+from\s|create\s|update\s+\w+.*\bset\b|copy\s)",
    re.I,
)


def sql_in_python(source: str) -> list[int]:
    """Lines on which a string holds an SQL statement of more than one line."""
    tree = ast.parse(source)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(v.value if isinstance(v, ast.Constant) else "x" for v in node.values)
        else:
            continue
        # a text over several source lines that Python joins is several lines as well
        if _STATEMENT.match(text) and ((node.end_lineno or 0) > node.lineno or "\n" in text.strip()):
            found.append(node.lineno)
    return sorted(set(found))


def sql_in_json(value: object) -> list[str]:
    """Texts of a JSON value that are SQL statements with more than one clause."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in sql_in_json(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in sql_in_json(inner)]
    if isinstance(value, str) and _STATEMENT.match(value) and len(value) > 110:
        return [value[:60]]
    return []


def test_no_sql_statement_longer_than_a_line_is_written_in_python() -> None:
    found = {
        str(path.relative_to(PROJECT_ROOT)): lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if (lines := sql_in_python(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_no_sql_statement_is_written_in_json() -> None:
    found = {
        path.name: statements
        for path in sorted(EXPECTATIONS_DIR.rglob("*.json"))
        if (statements := sql_in_json(json.loads(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    ['x = """\n    select a\n    from b\n"""', 'x = (\n    "select a, b"\n    " from c"\n)', 'x = f"""with a as (\n select {y}) select 1"""'],
)  # fmt: skip
def test_sql_in_a_string_would_be_found(planted: str) -> None:
    assert sql_in_python(f'"""Select words\nfrom a text."""\n{planted}\n') != []
    assert sql_in_python('x = con.execute("select a from b")\n') == []


def test_sql_in_json_would_be_found() -> None:
    statement = "select a.school_code, a.students from rows as a inner join rows as b on a.school_code = b.school_code where a.students > 0"
    assert sql_in_json({"expectations": [{"kwargs": {"query": statement}}]}) == [statement[:60]]
    assert sql_in_json({"message_zh": "select 一词", "column": "students"}) == []


# --- no file is too long to be read ---

LONGEST = 500
_REASON = re.compile(r"^(?:#|--) Longer than 500 lines: .+", re.M)


def test_no_module_is_longer_than_500_lines_without_a_reason() -> None:
    found = {
        str(path.relative_to(PROJECT_ROOT)): count
        for folder in ("dagster_project", "dbt/models", "dbt/macros")
        for path in sorted((PROJECT_ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".sql", ".js")
        and (count := len((text := path.read_text(encoding="utf-8")).splitlines())) > LONGEST
        and not _REASON.search(text)
    }
    assert found == {}


#: A day that is a parameter or unknown may be cast; a moment of the record is UTC, and `local_day` gives its day.
_DAY_CAST = re.compile(
    r"cast\((?!null as|\{\{ \w+_on \}\}|\{\{ as_of \}\})(?:(?!cast\().)*? as date\)|::date", re.S
)


@pytest.mark.parametrize(
    "planted", ["cast(s.received_at as date)", "cast(min(x.decided_at) as date)", "x::date"]
)
def test_a_moment_cast_to_a_day_would_be_found(planted: str) -> None:
    assert _DAY_CAST.search(f"select {planted} as received_on")
    assert not _DAY_CAST.search("select cast({{ received_on }} as date), cast(null as date)")


def test_the_day_of_a_moment_is_written_by_the_code_of_local_time_alone() -> None:
    statements = [
        *PACKAGE.joinpath("record", "sql").glob("*.sql"),
        *PACKAGE.joinpath("intake", "sql").glob("*.sql"),
    ]
    assert statements
    assert [p.name for p in statements if _DAY_CAST.search(p.read_text(encoding="utf-8"))] == []
