"""The indicators of the seed, for tests that count them: one more indicator must not break a test."""

from __future__ import annotations

import csv

from dagster_project.core.homes import DBT_DIR

with (DBT_DIR / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as _stream:
    _ROWS = list(csv.DictReader(_stream))
INDICATORS = [row["indicator_code"] for row in _ROWS]
JUDGED = [row["indicator_code"] for row in _ROWS if row["is_judged"] == "true"]
