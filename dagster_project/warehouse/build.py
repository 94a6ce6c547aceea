"""One build: a fresh DuckDB file, the rows in force, then dbt in this process."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project import speed
from dagster_project.core.declarations import bytes_of
from dagster_project.core.errors import UserError
from dagster_project.core.homes import (
    DBT_DIR,
    EXPECTATIONS_DIR,
    LAYOUTS_DIR,
    PROJECT_ROOT,
    Home,
    layout_files,
)
from dagster_project.core.privacy import without_figures
from dagster_project.warehouse import failed_tests, statements
from dagster_project.warehouse.districts import FILE_NAME as DISTRICT_FILE
from dagster_project.warehouse.seed_checks import check_seeds
from dagster_project.warehouse.sources import sources_yaml, write_sources

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

    from dagster_project.intake.manifest import Manifest

#: The file name gives the database its name inside compiled SQL, so it is the same for every build.
DATABASE_NAME = "build.duckdb"
#: GeoJSON of the towns in the raw root, drawn under the map if the user has put it there.
OUTLINES_NAME = "boundaries.geojson"
_TARGET = DBT_DIR / "target"
_PREPARED = _TARGET / "prepared.msgpack"
_MANIFEST = _TARGET / "manifest.json"
_NOT_SOURCE = frozenset(("target", "logs", "__pycache__", "dbt_packages"))


#: dbt's tag of the models that compare the districts of a region.
REGION_TAG = "region"


class BuildFailed(UserError):
    """The models or their tests failed; nothing is published."""


def tree_digest(*folders: Path, suffixes: tuple[str, ...]) -> str:
    """Hash over the names and bytes of the source files below some folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes and not _NOT_SOURCE & set(path.relative_to(folder).parts):
                digest.update(path.relative_to(folder.parent).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def models_digest() -> str:
    """Hash of everything dbt reads: models, macros, tests, seeds, project files, and the feeds' sources."""
    project = tree_digest(DBT_DIR, suffixes=(".sql", ".yml", ".yaml", ".csv", ".md"))
    return hashlib.sha256((project + sources_yaml()).encode()).hexdigest()


def code_digest() -> str:
    """Hash of the code and the suites."""
    code = tree_digest(
        PROJECT_ROOT / "dagster_project",
        suffixes=(".py", ".sql", ".yml", ".csv", ".j2", ".css", ".js", ".docx"),
    )
    return hashlib.sha256(
        (code + tree_digest(EXPECTATIONS_DIR, suffixes=(".json", ".sql"))).encode()
    ).hexdigest()


def is_noted(what: str, digest: str) -> bool:
    """Whether something was found in order with this digest before."""
    try:
        return (_TARGET / f"{what}.checked").read_text(encoding="utf-8") == digest
    except (OSError, ValueError):
        return False


def note(what: str, digest: str) -> None:
    """Note that something is in order with this digest."""
    _TARGET.mkdir(exist_ok=True)
    (_TARGET / f"{what}.checked").write_text(digest, encoding="utf-8")


def inputs_digest(
    manifest: Manifest,
    raw_root: Path,
    as_of: str,
    corrections: bytes = b"",
    absent: Sequence[str] = (),
    precedence: bytes = b"",
) -> str:
    """Hash of everything that decides a release.

    That is: record, corrections, code, models, seeds, suites, layouts, outlines, districts, date, refused files that
    were taken away, which source goes first.
    """
    folders = {f.resolve() for f in (LAYOUTS_DIR, raw_root / "layouts") if f.is_dir()}
    layouts = [hashlib.sha256(p.read_bytes()).hexdigest() for f in sorted(folders) for p in layout_files(f)]
    corrected = hashlib.sha256(corrections).hexdigest()
    drawn = [hashlib.sha256(p.read_bytes()).hexdigest() for p in [raw_root / OUTLINES_NAME] if p.is_file()]
    named = hashlib.sha256(bytes_of(raw_root / DISTRICT_FILE)).hexdigest()
    parts = [
        manifest.digest(),
        code_digest(),
        models_digest(),
        *layouts,
        corrected,
        *drawn,
        named,
        as_of,
        *absent,
    ]
    if precedence:
        parts.append(hashlib.sha256(precedence).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def read_outlines(raw_root: Path) -> dict[str, Any] | None:
    """Towns as GeoJSON, if the user put `boundaries.geojson` into the raw root.

    Raises:
        UserError: the file is no FeatureCollection.
    """
    path = raw_root / OUTLINES_NAME
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise UserError(f"{path} 不是有效的 GeoJSON，请重新导出，或移走后再运行。") from error
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise UserError(f"{path} 应是 GeoJSON 的 FeatureCollection，请重新导出，或移走后再运行。")
    return found


@contextlib.contextmanager
def dbt_environment(database: Path) -> Iterator[None]:
    """Environment in which dbt works on one database file and sends nothing over the network."""
    wanted = {
        "JUNHENG_BUILD_DATABASE": str(database),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def invoke(arguments: list[str], database: Path, manifest: DbtManifest | None = None) -> Any:
    """Run dbt in this process on one database file, and close the file afterwards."""
    from dbt.cli.main import dbtRunner

    if manifest is None:  # dbt parses the project
        write_sources(DBT_DIR)
    speed.drop_unread_events()
    speed.lighten_dbt()
    common = ["--project-dir", str(DBT_DIR), "--profiles-dir", str(DBT_DIR), "--quiet", "--log-level", "none"]
    common += ["--log-level-file", "none", "--no-use-colors"]
    with dbt_environment(database):
        try:
            return dbtRunner(manifest=manifest).invoke([*arguments, *common])
        finally:
            close_connections()


def close_connections() -> None:
    """Close the database file; dbt would keep it locked until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def prepare_manifest() -> DbtManifest:
    """The parsed project, from the prepared copy if nothing in dbt/ has changed since."""
    from dbt.contracts.graph.manifest import Manifest as DbtManifest

    digest = models_digest().encode()
    try:
        stored = _PREPARED.read_bytes()
    except FileNotFoundError:
        stored = b""
    if stored[:64] == digest:
        manifest: DbtManifest = DbtManifest.from_msgpack(stored[64:])
        manifest.build_flat_graph()
        return manifest
    _TARGET.mkdir(exist_ok=True)
    # in a folder of its own, and moved when whole: another process may be parsing, or reading what is there
    with tempfile.TemporaryDirectory(dir=_TARGET, prefix="parse-", ignore_cleanup_errors=True) as scratch:
        arguments = ["parse", "--no-partial-parse", "--target-path", scratch]
        outcome = invoke(arguments, Path(scratch) / DATABASE_NAME)
        if not outcome.success:
            raise BuildFailed(f"dbt 项目无法解析：{outcome.exception}")
        prepared = Path(scratch) / _PREPARED.name
        prepared.write_bytes(digest + outcome.result.to_msgpack())
        (Path(scratch) / _MANIFEST.name).replace(_MANIFEST)
        prepared.replace(_PREPARED)
    return prepare_manifest()


#: The folder of the build for which this process was warmed up.
_warmed_for: list[Path] = []


def warm_up(scratch: Path) -> DbtManifest | None:
    """Do what dbt does once per process (settings, templates, seeds) while the rows are still being judged.

    It builds the seeds in a database of its own below `scratch`. A later build of the process begins with the models at
    once. Where the statements of the models are kept, dbt has nothing to do.

    Args:
        scratch: folder of the build.

    Returns:
        The parsed project for the build itself; None where dbt isn't needed.

    Raises:
        BuildFailed: the seeds do not load.
    """
    if not speed.is_on() or _warmed_for or statements.find(_TARGET, _statements_digest()):
        return None
    _warmed_for.append(scratch)
    database = scratch / "warm" / DATABASE_NAME
    database.parent.mkdir()
    with speed.loading():
        run_models_by_dbt(database, select=["resource_type:seed", "dim_indicators"])
        return prepare_manifest()


def manifest_file() -> Path:
    """The parsed project as JSON, for tools that read it; written anew when anything in dbt/ has changed."""
    if not _MANIFEST.exists():
        _PREPARED.unlink(missing_ok=True)
    prepare_manifest()
    return _MANIFEST


def published_labels() -> dict[str, tuple[str, dict[str, str]]]:
    """Chinese label of each mart, and of each of its columns, as the models' YAML gives them.

    Raises:
        BuildFailed: a mart or column has no label; the message names the file.
    """
    return _labels_of(models_digest(), "models/*/marts/*.yml")


def region_labels() -> dict[str, tuple[str, dict[str, str]]]:
    """The same of the tables that compare the districts of a region."""
    return _labels_of(models_digest(), "models/region/[fr]*.yml")


@lru_cache(maxsize=2)
def _labels_of(_digest: str, pattern: str) -> dict[str, tuple[str, dict[str, str]]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for path in sorted(DBT_DIR.glob(pattern)):
        where = path.relative_to(DBT_DIR.parent)
        try:
            for model in yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["models"]:
                columns = {
                    c["name"]: _label(c, f"{where}, column {c['name']}") for c in model.get("columns", ())
                }
                found[model["name"]] = _label(model, str(where)), columns
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise BuildFailed(f"{where}: not the description of a model: {error}") from error
    return found


def _label(described: dict[str, Any], where: str) -> str:
    """Chinese name of a model or column, from its description in YAML.

    Raises:
        BuildFailed: it has none; the message begins with `where`.
    """
    meta = (described.get("config") or {}).get("meta") or {}
    if not meta.get("label_zh"):
        raise BuildFailed(f"{where}: give it a Chinese name, config: {{meta: {{label_zh: …}}}}")
    return str(meta["label_zh"])


def run_models(
    database: Path,
    *,
    target: Path | None = None,
    select: list[str] | None = None,
    manifest: DbtManifest | None = None,
) -> None:
    """Build all models and run their data tests in a database whose schema `accepted` is filled.

    In a small database the statements of an earlier build of the same models are sent again, if there is one.

    Args:
        database: the build file; its name must be `build.duckdb`.
        target: folder for dbt's artifacts (default: beside the database).
        select: dbt selection; by default all but the tables that compare districts. Tests run whose tables are all selected.
        manifest: the parsed project if the caller has it.

    Raises:
        BuildFailed: a model or test failed; the message names it.
        SeedError: a seed holds a word that no model knows.
    """
    check_seeds(DBT_DIR)
    digest = _statements_digest()
    known = statements.find(_TARGET, digest) if speed.repeats_statements(database) else None
    if known is not None and known.repeat(database, connection_settings(), select):
        return
    target = target or database.parent / "dbt"
    result = run_models_by_dbt(database, target=target, select=select, manifest=manifest)
    if known is None and select is None and speed.is_on():
        _keep_statements(digest, result, target, database)


def run_models_by_dbt(
    database: Path,
    *,
    target: Path | None = None,
    select: list[str] | None = None,
    manifest: DbtManifest | None = None,
) -> Any:
    """As `run_models`, by dbt whatever was built before; dbt's result.

    Raises:
        BuildFailed: a model or test failed; the message names it.
    """
    arguments = ["build", "--target-path", str(target or database.parent / "dbt")]
    # its results are returned as objects and aren't needed as files
    arguments += ["--no-write-json", "--exclude-resource-type", "unit_test"]
    arguments += ["--threads", str(speed.model_threads(database))]
    if select:
        arguments += ["--select", *select, "--indirect-selection", "cautious"]
    else:
        arguments += ["--exclude", f"tag:{REGION_TAG}"]
    outcome = invoke(arguments, database, manifest or prepare_manifest())
    if not outcome.success:
        raise BuildFailed(failure_zh(outcome, database))
    return outcome.result


def _keep_statements(digest: str, result: Any, target: Path, database: Path) -> None:
    """Keep what dbt sent. Where that can't be (a folder without write access, a full disk) the build stands all the same."""
    import duckdb

    try:
        statements.keep(_TARGET, digest, result, target, database)
    except (OSError, duckdb.IOException) as error:
        logging.getLogger(__name__).info(
            "dbt's statements are not kept, the next build calls dbt again: %s", error
        )


def _statements_digest() -> str:
    """Hash of everything that decides what dbt sends: the project, and the versions of dbt and DuckDB."""
    versions = [f"{name} {metadata.version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb")]
    return hashlib.sha256("\n".join([models_digest(), *versions]).encode()).hexdigest()


def connection_settings() -> dict[str, str]:
    """DuckDB's settings for a build, as `profiles.yml` declares them for dbt."""
    import yaml

    profiles = yaml.safe_load((DBT_DIR / "profiles.yml").read_text(encoding="utf-8"))
    settings: dict[str, object] = profiles["junheng"]["outputs"]["local"]["config_options"]
    return {name: str(value) for name, value in settings.items()}


def failure_zh(outcome: Any, database: Path | None = None) -> str:
    """What failed, in lines for the user.

    Args:
        outcome: result of dbt.
        database: the build file, in which the rows of failed tests are looked up.
    """
    if outcome.exception is not None:
        return f"数据模型运行出错：{without_figures(str(outcome.exception))}"
    failed = [r for r in outcome.result.results if str(r.status) in ("error", "fail")]
    manifest = prepare_manifest()
    lines = []
    for r in failed[:10]:
        if str(r.status) == "fail" and r.node.resource_type == "test":
            lines += failed_tests.told(r.node, manifest, database)
            continue
        # the first line of an error of the database; what doesn't compile is the developer's own, and is said in full
        message = r.message.strip() if r.message else str(r.status)
        said = without_figures(
            message if message.startswith("Compilation Error") else message.splitlines()[0]
        )
        lines.append(f"  {r.node.name}：{said}")
    return "数据模型或其检验未通过，没有发布新版本，原有版本不受影响：\n" + "\n".join(lines)


def work_folder(home: Home, release_id: str) -> Path:
    """Folder in which a release is built before it is switched on."""
    return home.releases / f".build-{release_id}"
