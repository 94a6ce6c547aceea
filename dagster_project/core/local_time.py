"""Moments as people read them: the record keeps UTC, readers see the time of their district."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

#: All of China keeps one time; a fixed distance needs no data base of zones, which Windows lacks.
DEFAULT_ZONE = "Asia/Shanghai"
_DEFAULT = dt.timezone(dt.timedelta(hours=8))
_ZONES_ZH = {DEFAULT_ZONE: "北京时间"}


def local_time(moment: dt.datetime | str, zone: str = DEFAULT_ZONE) -> dt.datetime:
    """Local time of a moment of the record, without a zone.

    Args:
        moment: UTC; a text in ISO 8601. A moment that bears a zone is converted from it.
        zone: name of the zone in the IANA data base.
    """
    given = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    aware = given if given.tzinfo else given.replace(tzinfo=dt.UTC)
    return aware.astimezone(_DEFAULT if zone == DEFAULT_ZONE else ZoneInfo(zone)).replace(tzinfo=None)


def local_day(moment: dt.datetime | str, zone: str = DEFAULT_ZONE) -> dt.date:
    """Local day of a moment of the record: 22:30 UTC on 28 February is 1 March in China.

    Args:
        moment: UTC; a text in ISO 8601. A moment that bears a zone is converted from it.
        zone: name of the zone in the IANA data base.
    """
    return local_time(moment, zone).date()


def today(zone: str = DEFAULT_ZONE) -> dt.date:
    """The day it is there now, whatever zone the computer keeps: what came at one in the morning came today."""
    return local_day(dt.datetime.now(dt.UTC), zone)


def zone_zh(zone: str = DEFAULT_ZONE) -> str:
    """What a zone is called: 北京时间, else its name."""
    return _ZONES_ZH.get(zone, f"{zone} 时间")
