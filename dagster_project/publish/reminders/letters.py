"""Writes reminders: a letter (Word) per school, a list (Excel) per town, and one list over all towns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dagster_project.core.homes import distinct_file_names, file_name
from dagster_project.core.progress import WRITTEN_ZH, Counted
from dagster_project.intake.feeds import FISCAL_YEAR_END, load_feeds
from dagster_project.publish import catalogue, labels
from dagster_project.publish.catalogue.lists import heads_of
from dagster_project.publish.excel.lists import add_list
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.reminders.owing import Owing
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label
from dagster_project.publish.word.sentences import day_zh
from dagster_project.warehouse.districts import District, district_of

_LETTER_ZH = "报送提醒"
_LIST_ZH = "未报情况"
_ALL_ZH = "未报情况汇总"
_OF_DISTRICT_ZH = "由区县报送"
_INTRODUCTION_ZH = "截至{day}，下列报表还没有收到贵校的报送，请按期报送；已过截止日的，请尽快补报。"
_CLOSING_ZH = "确实没有可报的，请报“零报告”。已经报送的，以收件回执为准；有疑问请与我们联系。"
_SOURCE_ZH = "（取自{source}）"
_SOURCES_ZH = (
    "注明“取自”的报表，贵校上一年的数由该来源取得，本年应随该来源一并报送；本年没有该来源的，请用填报表报送。"
)
#: Late returns of one kind that are still listed period by period.
_MOST_PERIODS = 3
_PERIODS_ZH = "{first}至{last}，共{count}期未报"
_EARLIEST_ZH = "最早一期{state}"
_BY_TOWN_ZH, _BY_SCHOOL_ZH = "按镇街", "按学校"


def state_zh(owing: Owing) -> str:
    """How long is left, or how late it is."""
    if owing.days_left < 0:
        return f"已逾期{-owing.days_left}天"
    return f"还有{owing.days_left}天" if owing.days_left else "今天截止"


def feed_zh(owing: Owing) -> str:
    """Name of the return, and the source from which it is expected where that is none of the forms."""
    source = _SOURCE_ZH.format(source=owing.source_zh) if owing.source_zh else ""
    return f"{load_feeds()[owing.feed].name_zh}{source}"


def period_zh(feed: str, period: str) -> str:
    """The period of a return as people say it: 2025学年, 2025年度, 2025年3月, 2025年9月起的学期."""
    declared = load_feeds()[feed]
    year, _, month = period.partition("-")
    if month:
        return f"{year}年{int(month)}月{'起的学期' if declared.cycle == 'term' else ''}"
    return f"{year}{'年度' if declared.observed_day == FISCAL_YEAR_END else '学年'}"


def lines_of(owing: Sequence[Owing]) -> list[tuple[Owing, str, dt.date, str]]:
    """The lines of a letter or list: of each the first return, and its periods, last day and state in words.

    Late returns of one kind for many periods are one line: a district's first release finds every month since the plan
    began missing.
    """
    late: dict[tuple[str, str, str, str], list[Owing]] = {}
    for one in owing:
        if one.days_left < 0:
            key = (one.district_code, one.school_code, one.feed, one.source_zh)
            late.setdefault(key, []).append(one)
    together = {id(o): own for own in late.values() if len(own) > _MOST_PERIODS for o in own}
    lines = []
    for one in owing:
        own = sorted(together.get(id(one), ()), key=lambda o: o.due_on)
        if not own:
            lines.append((one, period_zh(one.feed, one.period), one.due_on, state_zh(one)))
        elif one is own[0]:
            periods = _PERIODS_ZH.format(
                first=period_zh(one.feed, one.period),
                last=period_zh(one.feed, own[-1].period),
                count=len(own),
            )
            lines.append((one, periods, one.due_on, _EARLIEST_ZH.format(state=state_zh(one))))
    return lines


def write_reminders(
    owing: Sequence[Owing],
    out: Path,
    day: dt.date,
    declared: Mapping[str, District],
    report: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the letters of the schools and the lists; what was written for the same day is written anew.

    Args:
        owing: returns that have not come.
        out: folder, created if it isn't there.
        day: day of the letters.
        declared: districts by code; the issuing body signs.
        report: gets a `Counted` message after each letter.

    Returns:
        The letters, the lists of the towns, and the list over all last; nothing if nothing is owed.
    """
    by_school: dict[str, list[Owing]] = {}
    for one in owing:
        if one.school_code:
            by_school.setdefault(one.school_code, []).append(one)
    towns = distinct_file_names(o.town or labels.NO_TOWN_ZH for o in owing if o.school_code)
    letters = []
    for done, (code, own) in enumerate(by_school.items(), start=1):
        folder = out / towns[own[0].town or labels.NO_TOWN_ZH]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file_name(own[0].school_name, code, _LETTER_ZH, day.isoformat(), suffix=".docx")
        write_letter(own, path, day, district_of(own[0].district_code, declared))
        letters.append(path)
        report(Counted(WRITTEN_ZH, path.name, done, len(by_school)))
    lists = []
    for town, name in towns.items():
        own = [o for o in owing if o.school_code and (o.town or labels.NO_TOWN_ZH) == town]
        path = out / name / file_name(town, _LIST_ZH, day.isoformat(), suffix=".xlsx")
        _write_list(path, f"{town}{_LIST_ZH}（截至{day_zh(day)}）", own)
        lists.append(path)
    if not owing:
        return []
    path = out / file_name(_ALL_ZH, day.isoformat(), suffix=".xlsx")
    out.mkdir(parents=True, exist_ok=True)
    _write_summary(path, day, owing)
    return [*letters, *lists, path]


def write_letter(owing: Sequence[Owing], path: Path, day: dt.date, district: District) -> None:
    """Write the letter to one school."""
    document = OfficialDocument(dt.datetime.combine(day, dt.time()), author=district.issuing_body_zh)
    document.title(_LETTER_ZH)
    document.addressees(Label(owing[0].school_name), "：")
    document.paragraph(Label(_INTRODUCTION_ZH.format(day=day_zh(day))))
    columns = catalogue.load().tables["returns_owed"].columns_of("word")
    document.table(
        list(heads_of("returns_owed", "word").values()),
        [
            [
                Label(feed_zh(o)),
                Label(periods),
                Label(day_zh(due_on)),
                Label(state),
            ]
            for o, periods, due_on, state in lines_of(owing)
        ],
        [column.width_mm or 0 for column in columns],
    )
    if any(o.source_zh for o in owing):
        document.paragraph(_SOURCES_ZH)
    document.paragraph(_CLOSING_ZH)
    document.signature(Label(district.issuing_body_zh or district.name_zh), Label(day_zh(day)))
    document.save(path)
    # every figure of a letter is a day; the file of their origins would only puzzle whoever sends the letters
    path.with_suffix(".numbers.json").unlink()


def _write_list(path: Path, title: str, owing: Sequence[Owing]) -> None:
    with Book(path, title) as book:
        _add_owed(book, _LIST_ZH, title, owing)


def _write_summary(path: Path, day: dt.date, owing: Sequence[Owing]) -> None:
    title = f"{_ALL_ZH}（截至{day_zh(day)}）"
    of_schools = [o for o in owing if o.school_code]
    rows = []
    for town in sorted({o.town or labels.NO_TOWN_ZH for o in of_schools}):
        own = [o for o in of_schools if (o.town or labels.NO_TOWN_ZH) == town]
        late = sum(o.days_left < 0 for o in own)
        rows.append([town, len({o.school_code for o in own}), len(own) - late, late])
    with Book(path, title) as book:
        add_list(book, "returns_owed_by_town", rows, sheet=_BY_TOWN_ZH, title=title)
        _add_owed(book, _BY_SCHOOL_ZH, title, of_schools)
        of_districts = [o for o in owing if not o.school_code]
        if of_districts:
            _add_owed(book, _OF_DISTRICT_ZH, f"{_OF_DISTRICT_ZH}的", of_districts)


def _add_owed(book: Book, sheet: str, title: str, owing: Sequence[Owing]) -> None:
    """A sheet of returns that are owed; those of districts name no school."""
    rows = [
        [o.school_code, o.school_name, feed_zh(o), periods, due_on.isoformat(), state]
        for o, periods, due_on, state in lines_of(owing)
    ]
    without: frozenset[str] = frozenset()
    if not any(o.school_code for o in owing):
        without, rows = frozenset(("school_code", "school_name")), [row[2:] for row in rows]
    add_list(book, "returns_owed", rows, sheet=sheet, title=title, leave_out=without)
