"""Five hundred schools, each with its own workbook, one of them broken; five hundred workbooks of statistics forms; a list of
100,000 teachers."""

from __future__ import annotations

import gc
import io
import random
import resource
import shutil
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from dagster_project import run, speed
from dagster_project.core.homes import PROJECT_ROOT, Home
from dagster_project.intake import reader, receive
from dagster_project.intake.parse.parsed import ParsedFile
from dagster_project.intake.raw_rows import TakenFile
from dagster_project.intake.reader import Worker, load_declarations, parse_content
from dagster_project.sample.district import build_district
from dagster_project.sample.returns import report_years
from dagster_project.sample.statistics_forms import write_statistics_forms
from tests.intake import bad_files as make

EXAMPLES = PROJECT_ROOT / "tests" / "fixtures" / "national_forms" / "2023"
#: Together they have every form of general and vocational schools and of kindergartens.
WHOLE = (
    "合成县示例学校", "合成示例高级中学（高级中学）", "合成示例幼儿园（幼儿园）", "合成示例第一小学（小学）",
    "合成示例职业学校（职业高中学校）",
)  # fmt: skip
REGISTER = ["学校标识码", "学校名称", "区县代码", "所属镇街", "办学类型", "办学性质"]
AREAS = [
    "学校标识码", "教学及辅助用房面积", "室内体育用房面积", "运动场地面积", "教学仪器设备值(万元)", "网络多媒体教室数",
]  # fmt: skip


@pytest.mark.slow
def test_499_of_500_workbooks_are_taken_in_within_a_minute(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "2023"
    folder.mkdir(parents=True)
    register = []
    for i in range(500):
        code, name = f"21500{i:05d}", f"示例{i}小学"
        register.append([code, name, "500115", "某镇", "小学", "公办"])
        book = openpyxl.Workbook()
        book.remove(book.active)
        sheets = {
            "在校生数": [make.HEAD, [code, name, "小学", 300 + i, 8]],
            "教师配备": [make.STAFFING_HEAD, [code, name, "小学", 20, 15, 3, 1, 1, 1]],
            "校舍": [AREAS, [code, 2000, 100, 3000, 60, 9]],
        }
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(folder / f"school{i:03d}.xlsx")
    (folder / "school250.xlsx").write_bytes(b"PK\x03\x04 broken")
    (folder / "register.xlsx").write_bytes(make.workbook([REGISTER, *register]))

    began = time.monotonic()
    summary = run.run(tmp_path / "raw", tmp_path / "home")
    took = time.monotonic() - began

    print(f"{took:.1f} s")
    assert summary.release.files == {"accepted": 500, "rejected": 1}  # 499 schools and the register
    assert summary.release.rows["accepted"] == 3 * 499 + 500
    assert took < 60


class Here(Worker):
    """Reads in this process, so that its CPU and memory are counted with the rest, each file after calamine alone did.

    Attributes:
        bare: CPU seconds of calamine alone.
        reading: CPU seconds of reading.
    """

    bare = reading = 0.0

    def parse(self, source: Path | bytes, relative: str, school_year: int) -> ParsedFile:
        assert isinstance(source, bytes)
        self.bare += bare_seconds(source)
        began = time.thread_time()
        found = parse_content(source, relative, school_year, self.layouts, self.eras)
        self.reading += time.thread_time() - began
        return found

    def __enter__(self) -> Here:
        self.layouts, self.eras = load_declarations(self._raw_root)
        return self


@pytest.fixture
def collected_rarely() -> Iterator[None]:
    """As in `junheng run`."""
    usual = gc.get_threshold()
    speed.collect_rarely()
    yield
    gc.set_threshold(*usual)


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw root with 500 workbooks of statistics forms, one a school; 49 cells a sheet, those that a feed reads."""
    district = build_district()
    site = next(s for s in district.sites if s.kind == "十二年一贯制学校")
    rows = report_years(district, [2023])[2023]
    folder = tmp_path_factory.mktemp("forms") / "2023"
    folder.mkdir()
    for number in range(500):
        own = {
            feed: [
                {**r, "school_code": f"3499{number:06d}"} for r in all_rows if r["school_code"] == site.code
            ]
            for feed, all_rows in rows.items()
        }
        write_statistics_forms(folder / f"{number}.xlsx", 2023, own)
    return folder.parent


@pytest.fixture(scope="module")
def whole_forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw root with 500 workbooks of 19 sheets with all rows and columns, as schools export them; one a school."""
    sources = [openpyxl.load_workbook(EXAMPLES / f"{name}.xlsx") for name in WHOLE]
    book = sources[0]
    for source in sources[1:]:
        for sheet in source:
            form = sheet.title.partition("_")[0]
            if form not in book.sheetnames and form not in ("封面", "目录", "教基1001"):
                copy = book.create_sheet(form)
                for row in sheet.iter_rows():
                    for cell in row:
                        if cell.value is not None:
                            copy[cell.coordinate] = cell.value
                for merged in sheet.merged_cells.ranges:
                    copy.merge_cells(merged.coord)
    for name in book.sheetnames[19:]:
        del book[name]
    folder = tmp_path_factory.mktemp("whole forms") / "2023"
    folder.mkdir()
    (code,) = {str(c.value) for row in book["教基1001"]["C3:C3"] for c in row}
    for number in range(500):
        book["教基1001"]["C3"] = f"{code[:4]}{number:06d}"
        book.save(folder / f"{number}.xlsx")
    return folder.parent


@pytest.mark.slow
@pytest.mark.usefixtures("collected_rarely")
def test_500_workbooks_of_statistics_forms_cost_a_small_multiple_of_reading_their_cells(
    forms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Archive checks, reading and storing, in CPU seconds beside those of calamine alone, in one run."""

    def taken_in(files: Path) -> tuple[list[TakenFile], Here, float]:
        began = time.process_time()
        with Here(files) as worker:
            taken = receive.take_in(Home(tmp_path / f"home of {files.name}"), files, worker=worker)
        return taken.files, worker, time.process_time() - began - worker.bare

    first = tmp_path / "first" / "2023"
    first.mkdir(parents=True)
    shutil.copy(forms / "2023" / "0.xlsx", first)
    taken_in(first.parent)  # libraries are loaded once a run
    files, worker, took = taken_in(forms)

    with capsys.disabled():
        print(
            f"reading {worker.reading / worker.bare:.1f}, all {took / worker.bare:.1f} times {worker.bare:.2f} s"
        )
    assert [file.record.status for file in files] == ["accepted"] * 500
    assert sum(len(sheet.column_maps) for file in files for sheet in file.parsed.sheets) == 500 * 28
    # Sheets of few cells: a busy machine needs three and a half to four, and five to six. calamine's own reading is one; to
    # inflate the parts and to look for what it does not report is another; figures, checks and column maps are a third.
    # The copy on disk and the record come on top.
    assert worker.reading < 5 * worker.bare
    assert took < 8 * worker.bare
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 500 * 1024


@pytest.mark.slow
@pytest.mark.usefixtures("collected_rarely")
def test_500_workbooks_of_statistics_forms_are_taken_in_by_processes_side_by_side(
    whole_forms: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seconds on the clock as a person waits for them, the start of the processes included, and memory of all processes."""
    import psutil

    monkeypatch.setattr(reader, "get_context", get_context)  # spawned, as the command line does it
    this = psutil.Process()
    most_bytes = 0

    def look(said: str) -> None:
        nonlocal most_bytes
        if said.endswith("0.xlsx"):  # every tenth
            most_bytes = max(most_bytes, sum(p.memory_info().rss for p in (this, *this.children())))

    bare = sum(bare_seconds(path.read_bytes()) for path in (whole_forms / "2023").iterdir())
    began, spent = time.perf_counter(), -processor_seconds()
    taken = receive.take_in(Home(tmp_path / "home"), whole_forms, report=look)
    took, spent = time.perf_counter() - began, spent + processor_seconds()

    with capsys.disabled():
        print(
            f"{took:.1f} s, {took / bare:.1f} times {bare:.2f} s; "
            f"processor {spent / bare:.1f} times; {most_bytes // 1024**2} MB"
        )
    assert [file.record.status for file in taken.files] == ["accepted"] * 500
    # on the clock three times on a quiet machine of two cores, of which half a second is the start of the processes; other
    # programs are charged to the clock, so what is bounded is the processor's time of all processes together
    assert spent < 8 * bare
    assert most_bytes < 500 * 1024**2


def processor_seconds() -> float:
    """CPU seconds of this process and of its helpers that have ended."""
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + helpers.ru_utime + helpers.ru_stime


def bare_seconds(content: bytes) -> float:
    """CPU seconds that calamine needs for the cells of a workbook."""
    began = time.thread_time()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return time.thread_time() - began


@pytest.mark.slow
def test_a_list_of_100000_teachers_costs_three_times_what_calamine_needs_for_its_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every teacher has another number, and nearly every one another name."""
    import xlsxwriter

    heads = ["姓名", "身份证件号", "性别", "出生日期", "学校标识码", "学校名称", "任教学段", "岗位类别", "任教学科",
             "最高学历", "骨干教师级别", "有无教师资格证"]  # fmt: skip
    chance = random.Random(1)
    path = tmp_path / "teachers.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("教师")
        sheet.write_row(0, 0, heads)
        for i in range(100_000):
            name = "示例" + "".join(chr(0x4E00 + chance.randrange(2000)) for _ in range(2))
            day = f"{1965 + i % 35}{1 + i % 12:02d}{1 + i % 28:02d}"
            number = f"9901{i // 1000:02d}{day}{i % 1000:03d}X"
            school = i // 60
            row = (name, number, "男女"[i % 2], day, f"2150{school:06d}", f"示例第{school}小学", "小学", "专任教师",
                   ("语文", "体育", "音乐")[i % 3], ("大学本科", "大学专科")[i % 2], "无", "有")  # fmt: skip
            sheet.write_row(i + 1, 0, row)
    content, (layouts, eras) = path.read_bytes(), load_declarations(tmp_path)
    parse_content(b"\xef\xbb\xbf1,2\n", "warm.csv", 2023, layouts)

    bare, took = [], []
    for _ in range(2):
        bare.append(bare_seconds(content))
        began = time.thread_time()
        parsed = parse_content(content, path.name, 2023, layouts, eras)
        took.append(time.thread_time() - began)

    with capsys.disabled():
        print(f"{min(took):.1f} s, {min(took) / min(bare):.1f} times calamine's {min(bare):.2f} s")
    (staffing,) = parsed.sheets
    assert sum(staffing.columns["full_time_teachers"]) == 100_000
    assert sum(staffing.columns["music_teachers"]) == 33_333
    assert min(took) < 3.5 * min(bare)  # three times on a machine that does nothing else
