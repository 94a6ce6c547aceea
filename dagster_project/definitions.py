"""What Dagster loads. Nothing here does any work."""

import os

import dagster as dg

from dagster_project.core.homes import DEFAULT_HOME, DEFAULT_RAW
from dagster_project.defs import automation, intake, publish, record, region, warehouse

# one object of this kind in the module: Dagster loads none where it finds two
defs = dg.Definitions.merge(
    dg.Definitions(
        assets=[
            intake.raw_returns,
            record.accepted_rows,
            warehouse.models,
            publish.checked_marts,
            publish.published_release,
            publish.weekly_report,
            publish.monthly_report,
        ],
        jobs=[automation.intake_job, automation.publish_job, automation.weekly_job, automation.monthly_job],
        sensors=[automation.raw_folder],
        schedules=[automation.weekly, automation.monthly],
        executor=dg.in_process_executor,
        resources={
            "places": intake.Places(
                raw=os.environ.get("JUNHENG_RAW", str(DEFAULT_RAW)),
                home=os.environ.get("JUNHENG_HOME", str(DEFAULT_HOME)),
            )
        },
    ),
    region.definitions(),
)
"""Dagster definitions: thin wrappers around the functions of the rooms."""
