"""Everything that only saves time: warm-ups, settings of the garbage collector, patches of libraries.

Nothing here changes a result. `JUNHENG_NO_SPEEDUPS=1` in the environment switches all of it off at once, for a doubt
about a library's new version; a test publishes a release that way and compares its content.

What each saves, measured on two cores with the sample district (a run of about 30 s):

| function | saves |
|---|---|
| `load` (suites, writers, pages) | 3 s: a helper process imports libraries while the first one reads files or runs models |
| `loading`, `collect_rarely`, `not_collecting` | 1 s: Python doesn't search for cyclic garbage where none is made |
| `end_at_once`, `leave` | 0.5 s for a helper, 0.9 s for the program: it ends without taking its libraries down in order |
| `import_lazily` | 0.5 s: `scipy.stats`, a third of Great Expectations' import, is loaded by none of our rules |
| `configured_once` | a third of each pass: Great Expectations builds an expectation's configuration once, not 40 times |
| `drop_unread_events` | 1.5 s: dbt neither fills in nor formats events that are below a warning |
| `lighten_dbt` | 0.7 s: dbt builds the table of its macros in one pass per model |
| `repeats_statements` | 4 s: dbt's statements are kept per version of the models; a build of a small district sends them |
| `model_threads` | 2 s: DuckDB runs a model of a small district while Python prepares the next one |
| `ReadingAhead` in `intake/reading_ahead.py` | 1.7 of 4.8 s for 500 workbooks of statistics forms: some are parsed while others are decided on |

Two kinds of memory of the intake ask `is_on`, too. They are measured on 100 workbooks of statistics forms, beside the time that
calamine alone needs for their cells:

| memory | saves |
|---|---|
| `ordinary_sheet` in `intake/files/ordinary_rows.py` | 1 to 2.5 times that: a kind of row is looked at once, not in every sheet |
| `known_form`, `Places`, `Plan` in `intake/parse/forms/` | 3 to 6 times that: what labels say, and where figures are, is worked out once for all workbooks |
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, NoReturn

SWITCH = "JUNHENG_NO_SPEEDUPS"
_SMALL_DATABASE_BYTES = 200 * 1024**2


def is_on() -> bool:
    """False if the environment variable `JUNHENG_NO_SPEEDUPS` is set to anything but 0."""
    return os.environ.get(SWITCH, "0") in ("", "0")


def load(*modules: str) -> None:
    """Import modules, and call the `warm_up` of those that have one, before the step that needs them.

    A helper process does it while the first process is at another step. Modules are named and not imported by the
    caller, so that only the process that needs them pays for them.

    Args:
        modules: full names, such as `dagster_project.record.suites`.
    """
    if not is_on():
        return
    with loading():
        for name in modules:
            warm_up = getattr(importlib.import_module(name), "warm_up", None)
            if warm_up is not None:
                warm_up()


def collect_rarely() -> None:
    """Search for cyclic garbage every 100,000 allocations: a run is short and makes little of it."""
    if is_on():
        gc.set_threshold(100_000, 50, 50)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Import libraries without searching for garbage, and leave their objects out of later searches."""
    if not is_on():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def end_loading() -> None:
    """Let the garbage collector see again what `loading` left out; at the end of a run."""
    gc.unfreeze()


@contextlib.contextmanager
def not_collecting() -> Iterator[None]:
    """Don't search for cyclic garbage; where many lists are made and no cycles, searching costs a sixth of the time."""
    was_enabled = gc.isenabled()
    if is_on():
        gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def end_at_once() -> None:
    """Let this helper process end without finalising its libraries; its files are on disk by then."""
    if is_on():
        Finalize(None, os._exit, args=(0,), exitpriority=-100)


def leave(code: int) -> NoReturn:
    """End the program with an exit code: what was registered for its end is done, then it stops where it is."""
    if is_on():
        with contextlib.suppress(OSError):  # nobody reads any more: Python says so at its ordinary end
            sys.stdout.flush()
            sys.stderr.flush()
            atexit._run_exitfuncs()
            os._exit(code)
    sys.exit(code)


@lru_cache(maxsize=1)
def drop_unread_events() -> None:
    """Let dbt drop its events below a warning at once.

    dbt fires thousands of them per run, and fills in and formats each in full before it looks for a reader; with
    `--log-level none` there is no reader. Warnings and errors are passed on.
    """
    if not is_on():
        return
    from dbt_common.events import event_manager_client
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    class Warnings(EventManager):
        def fire_event(
            self,
            e: BaseEvent,
            level: EventLevel | None = None,
            node: Any = None,
            force_warn_or_error_handling: bool = False,
        ) -> None:
            is_read = (level or e.level_tag()) not in (EventLevel.DEBUG, EventLevel.TEST, EventLevel.INFO)
            if is_read or force_warn_or_error_handling:
                super().fire_event(e, level, node, force_warn_or_error_handling)

    def stay_blank(event: DebugLevel, *_args: Any, **_fields: Any) -> None:
        event.pb_msg = getattr(event.PROTO_TYPES_MODULE, type(event).__name__)()

    event_manager_client.ctx_set_event_manager(Warnings())
    setattr(DebugLevel, "__init__", stay_blank)  # noqa: B010 - a method is set on the class


@lru_cache(maxsize=1)
def lighten_dbt() -> None:
    """Let dbt do less per model: it has hundreds of them, and each costs more than its query.

    For each model dbt builds the table of all its macros twice, and looks each of them up in five dictionaries to
    flatten it; here it is built in one pass.
    """
    if not is_on():
        return
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder

    class Flat(MacroNamespace):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.members: dict[str, Any] = {}
            for found in reversed(list(self._search_order())):
                self.members.update(found)

        def __iter__(self) -> Iterator[str]:
            return iter(self.members)

        def __len__(self) -> int:
            return len(self.members)

        def __getitem__(self, name: str) -> Any:
            return self.members[name]

    def add_macros(builder: MacroNamespaceBuilder, macros: Iterable[Any], context: dict[str, Any]) -> None:
        for macro in macros:
            made = MacroGenerator.__new__(MacroGenerator)
            made.__dict__ = {
                "context": context,
                "macro": macro,
                "node": builder.node,
                "stack": builder.thread_ctx,
            }
            is_internal = macro.package_name in builder.internal_package_names
            by_package = builder.internal_packages if is_internal else builder.packages
            by_package.setdefault(macro.package_name, {})[macro.name] = made
            if not is_internal and macro.package_name == builder.search_package:
                builder.locals[macro.name] = made
            elif not is_internal and macro.package_name == builder.root_package:
                builder.globals[macro.name] = made

    import dbt.context.macros

    setattr(dbt.context.macros, "MacroNamespace", Flat)  # noqa: B010 - a class is replaced in the module
    setattr(MacroNamespaceBuilder, "add_macros", add_macros)  # noqa: B010 - a method is set on the class


def model_threads(database: Path) -> int:
    """How many models dbt runs at once: two for a small database. In a large one two queries would share the memory.

    Args:
        database: file whose schema `accepted` is filled.
    """
    return 2 if is_on() and _is_small(database) else 1


def repeats_statements(database: Path) -> bool:
    """Whether a build sends dbt's kept statements: dbt's own work is most of a small build, and little of a large one.

    Args:
        database: file whose schema `accepted` is filled.
    """
    return is_on() and _is_small(database)


def _is_small(database: Path) -> bool:
    return database.exists() and database.stat().st_size < _SMALL_DATABASE_BYTES


def import_lazily(name: str) -> None:
    """Put a module into `sys.modules` that is loaded at its first use.

    Args:
        name: full name of a submodule, such as `scipy.stats`; nothing happens if it is loaded or not installed.
    """
    if not is_on() or name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


@contextlib.contextmanager
def configured_once() -> Iterator[None]:
    """Let each expectation of Great Expectations build its configuration once.

    The configuration doesn't change during a pass, but the library asks for it some forty times per expectation and
    builds it anew each time.
    """
    if not is_on():
        yield
        return
    from great_expectations.expectations.expectation import Expectation

    built: Any = Expectation.configuration
    known: dict[int, tuple[Any, Any]] = {}

    def remembered(expectation: Any) -> Any:
        # the expectation is kept beside its configuration, so that its id can't be given to another one
        if id(expectation) not in known:
            known[id(expectation)] = (expectation, built.__get__(expectation))
        return known[id(expectation)][1]

    setattr(Expectation, "configuration", property(remembered))  # noqa: B010 - a property is set on the class
    try:
        yield
    finally:
        setattr(Expectation, "configuration", built)  # noqa: B010
