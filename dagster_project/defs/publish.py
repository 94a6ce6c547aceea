"""The last check, the release, and the reports."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.core.errors import UserError
from dagster_project.core.lock import writer_lock
from dagster_project.defs.intake import Places
from dagster_project.defs.record import recall
from dagster_project.defs.warehouse import MARTS_KEYS
from dagster_project.publish.report import write_report
from dagster_project.publish.write_release import write_release
from dagster_project.warehouse import steps
from dagster_project.warehouse.build import BuildFailed


@dg.asset(
    deps=MARTS_KEYS,
    group_name="release",
    description="发布前的最后核对",
    check_specs=[dg.AssetCheckSpec("marts_suite", asset="checked_marts", blocking=True)],
)
def checked_marts(places: Places) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Check the finished marts; a failure blocks the release."""
    started = recall(places.home_folder())
    failure = ""
    if started is not None:
        try:
            steps.refuse_loss(started)
            steps.check_marts(started)
        except BuildFailed as error:
            failure = str(error)
    yield dg.MaterializeResult()
    yield dg.AssetCheckResult(
        check_name="marts_suite", passed=not failure, metadata={"message": failure or "通过"}
    )


@dg.asset(deps=[checked_marts], group_name="release", description="督导委员会读的版本")
def published_release(context: dg.AssetExecutionContext, places: Places) -> dg.MaterializeResult:
    """Write the release and put it in force in one step."""
    home = places.home_folder()
    started = recall(home)
    if started is not None:
        with writer_lock(home):
            context.log.info("正在写出成果…")
            write_release(started)
            steps.switch_on(started)
            steps.discard(started)
    return dg.MaterializeResult(metadata={"release_in_force": home.release_in_force() or ""})


def _report(places: Places, kind: str) -> dg.MaterializeResult:
    """Write a report of the release in force; an existing one is not overwritten."""
    home = places.home_folder()
    folder = home.root / "reports" / str(home.release_in_force())
    try:
        paths = write_report(home, kind, folder)
    except UserError as reason:  # no plan yet, or written before: shown as the message of the asset
        return dg.MaterializeResult(metadata={"message": str(reason)})
    return dg.MaterializeResult(metadata={"files": [str(p) for p in paths]})


@dg.asset(deps=[published_release], group_name="reports", description="整改周报")
def weekly_report(places: Places) -> dg.MaterializeResult:
    """Changes of the week, overdue tasks, tasks that are due."""
    return _report(places, "weekly")


@dg.asset(deps=[published_release], group_name="reports", description="整改月报")
def monthly_report(places: Places) -> dg.MaterializeResult:
    """Items, indicators, ledgers and departments of the month."""
    return _report(places, "monthly")
