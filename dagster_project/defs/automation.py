"""Jobs, the sensor on the raw folder, the schedules, and the local UI."""

import json
from pathlib import Path

import dagster as dg

from dagster_project.defs.intake import SCHOOL_YEARS, Places, raw_returns
from dagster_project.defs.publish import monthly_report, weekly_report
from dagster_project.defs.region import GROUP
from dagster_project.intake.raw_folder import raw_files
from dagster_project.intake.vault import sha256_of

intake_job = dg.define_asset_job(
    "intake", selection=dg.AssetSelection.assets(raw_returns), description="读入新报表"
)
_REPORTS = dg.AssetSelection.assets(weekly_report, monthly_report)
_RELEASE = (
    dg.AssetSelection.all()
    - dg.AssetSelection.assets(raw_returns)
    - _REPORTS
    - dg.AssetSelection.groups(GROUP)
)
publish_job = dg.define_asset_job("publish", selection=_RELEASE, description="校验、计算并发布新版本")
weekly_job = dg.define_asset_job(
    "publish_weekly",
    selection=_RELEASE | dg.AssetSelection.assets(weekly_report),
    description="重新发布并写出整改周报",
)
monthly_job = dg.define_asset_job(
    "publish_monthly",
    selection=_RELEASE | dg.AssetSelection.assets(monthly_report),
    description="重新发布并写出整改月报",
)


@dg.sensor(
    jobs=[intake_job, publish_job],
    minimum_interval_seconds=60,
    description="原始数据目录有新报表时读入并发布",
)
def raw_folder(context: dg.SensorEvaluationContext, places: Places) -> dg.SensorResult:
    """Take a file when its size and time are the same at two looks in succession."""
    seen = json.loads(context.cursor or '{"looked": {}, "taken": {}}')
    now: dict[str, list[int]] = {}
    years: dict[str, str] = {}
    for raw in raw_files(Path(places.raw)):
        state = raw.path.lstat()
        now[raw.relative] = [state.st_size, state.st_mtime_ns]
        if raw.school_year is not None:
            years[raw.relative] = str(raw.school_year)
    ready = {
        name: mark
        for name, mark in now.items()
        if seen["looked"].get(name) == mark and seen["taken"].get(name) != mark and name in years
    }
    moving = [name for name, mark in now.items() if seen["looked"].get(name) != mark]
    requests: list[dg.RunRequest] = []
    new_years = sorted({years[name] for name in ready})
    if ready and not moving:
        key = sha256_of(json.dumps(sorted(ready.items())).encode())[:16]
        requests = [
            dg.RunRequest(f"intake-{key}-{y}", job_name="intake", partition_key=y) for y in new_years[:1]
        ]
        requests.append(dg.RunRequest(f"publish-{key}", job_name="publish"))
        seen["taken"].update(ready)
    return dg.SensorResult(
        run_requests=requests,
        cursor=json.dumps({"looked": now, "taken": seen["taken"]}),
        dynamic_partitions_requests=[SCHOOL_YEARS.build_add_request(new_years)] if new_years else [],
    )


weekly = dg.ScheduleDefinition(
    name="weekly", job=weekly_job, cron_schedule="0 6 * * 1", execution_timezone="Asia/Shanghai",
    description="每周一早上重新校验、发布并写出周报",
)  # fmt: skip
monthly = dg.ScheduleDefinition(
    name="monthly", job=monthly_job, cron_schedule="0 6 1 * *", execution_timezone="Asia/Shanghai",
    description="每月一日重新校验、发布并写出月报",
)  # fmt: skip
