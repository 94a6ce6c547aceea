"""What the SQL linter takes for dbt's adapter: a dispatched macro stands there as a plain function call."""

from __future__ import annotations

from collections.abc import Callable


def dispatch(macro: str, package: str) -> Callable[..., str]:
    """The call of a macro, as a linter may read it."""
    return lambda *arguments: f"{macro}({', '.join(map(str, arguments))})"
