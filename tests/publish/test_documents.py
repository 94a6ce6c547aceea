"""A report has the shape the standard asks for, and no figure in it without a source."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from dagster_project.core.errors import UserError
from dagster_project.core.numbers import printed
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.figures import Label, Number
from tests.publish.word_reading import read_numbers, unregistered_digits

CREATED = datetime(2025, 3, 1, 8, 30)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def number(value: Any, **options: Any) -> Number:
    return Number(
        "fct_school_indicators", {"stage": "primary", "school_year": 2024}, "value", value, **options
    )


def fill(document: OfficialDocument) -> None:
    document.title("优质均衡监测报告（", Label("2024"), "学年）")
    document.subtitle("某某区", Label("2025年3月1日"))
    document.heading(1, "总体情况")
    document.paragraph(
        "参评学校", number(12), "所，达标率", number(0.75, scale=100, decimals=1, suffix="%"), "。"
    )
    document.table(
        ["学校", "生均面积"],
        [[Label("第9小学"), number(4.456, decimals=2)], ["实验小学", number(None)]],
        [100, 56],
        "lr",
        caption="各校生均面积",
    )
    document.note("注：—表示缺数据。")


@pytest.fixture
def save(tmp_path: Path) -> Callable[[OfficialDocument], Path]:
    def write(document: OfficialDocument) -> Path:
        path = tmp_path / "report.docx"
        document.save(path)
        return path

    return write


@pytest.fixture
def report(save: Callable[[OfficialDocument], Path]) -> Path:
    document = OfficialDocument(CREATED)
    fill(document)
    return save(document)


def texts(path: Path) -> list[str]:
    return [p.text for p in docx.Document(str(path)).paragraphs]


def mend(path: Path, old: str, new: str) -> Path:
    """The document after somebody edited its text by hand."""
    edited = path.with_name("edited.docx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                assert content.decode().count(old) == 1
                content = content.decode().replace(old, new).encode()
            target.writestr(name, content)
    return edited


class TestPage:
    def test_a4_with_the_margins_of_the_standard(self, report: Path) -> None:
        section = docx.Document(str(report)).sections[0]
        given = (section.page_width, section.page_height, section.top_margin, section.bottom_margin)
        wanted = (Mm(210), Mm(297), Mm(37), Mm(35))
        assert all(abs(a - b) < Mm(0.1) for a, b in zip(given, wanted, strict=True))
        assert abs(section.left_margin - Mm(28)) < Mm(0.1) and abs(section.right_margin - Mm(26)) < Mm(0.1)

    def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(self, report: Path) -> None:
        document = docx.Document(str(report))
        assert document.settings.odd_and_even_pages_header_footer
        section = document.sections[0]
        for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
            (paragraph,) = footer.paragraphs
            element = paragraph._p
            assert "".join(t.text for t in element.iter(qn("w:t"))) == "— 1 —"
            assert [f.get(qn("w:instr")).strip() for f in element.iter(qn("w:fldSimple"))] == ["PAGE"]
            assert element.pPr.find(qn("w:jc")).get(qn("w:val")) == side
            assert element.pPr.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"

    @pytest.mark.parametrize(
        ("style", "font", "size"),
        [
            ("Title", "方正小标宋简体", 22),
            ("Body Text", "仿宋_GB2312", 16),
            ("Heading 1", "黑体", 16),
            ("Heading 2", "楷体_GB2312", 16),
            ("Heading 3", "仿宋_GB2312", 16),
            ("Table Text", "宋体", 10.5),
            ("Table Note", "宋体", 12),
        ],
    )
    def test_chinese_font_and_size_of_each_style(
        self, report: Path, style: str, font: str, size: float
    ) -> None:
        found: Any = docx.Document(str(report)).styles[style]
        assert found.element.rPr.rFonts.get(qn("w:eastAsia")) == font
        assert found.font.name == "Times New Roman"
        assert found.font.size == Pt(size)

    def test_text_has_exact_lines_and_an_indent_of_two_characters(self, report: Path) -> None:
        style: Any = docx.Document(str(report)).styles["Body Text"]
        assert style.paragraph_format.line_spacing == Pt(28.8)
        assert style.element.pPr.ind.get(qn("w:firstLineChars")) == "200"
        assert style.paragraph_format.first_line_indent == Pt(32)

    def test_every_style_in_use_is_declared_and_no_font_is_embedded(self, report: Path) -> None:
        with zipfile.ZipFile(report) as archive:
            used = set(re.findall(r'w:[pr]Style w:val="(\w+)"', archive.read("word/document.xml").decode()))
            declared = set(re.findall(r'w:styleId="(\w+)"', archive.read("word/styles.xml").decode()))
            assert used and used <= declared
            assert not [n for n in archive.namelist() if "fonts/" in n]


class TestHeadings:
    def test_are_numbered_in_chinese_and_start_again_below_a_higher_one(
        self, save: Callable[[OfficialDocument], Path]
    ) -> None:
        document = OfficialDocument(CREATED)
        for level in (1, 2, 3, 3, 2, 3, 1, 2):
            document.heading(level, "题")
        wanted = ["一、题", "（一）题", "1.题", "2.题", "（二）题", "1.题", "二、题", "（一）题"]
        path = save(document)
        assert texts(path) == wanted
        assert unregistered_digits(path) == []

    def test_with_a_number_of_their_own_do_not_count(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        document.heading(2, "题")
        document.heading(2, "第", Label("1"), "项", is_numbered=False)
        document.heading(2, "题")
        assert texts(save(document)) == ["（一）题", "第1项", "（二）题"]

    def test_count_beyond_ten(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        for _ in range(21):
            document.heading(1, "题")
        numbered = texts(save(document))
        assert [numbered[j] for j in (9, 10, 19, 20)] == ["十、题", "十一、题", "二十、题", "二十一、题"]

    def test_have_three_levels(self) -> None:
        with pytest.raises(ValueError, match="levels 1 to 3"):
            OfficialDocument(CREATED).heading(4, "题")


class TestTable:
    def test_head_is_repeated_bold_and_grey_and_no_row_is_broken(self, report: Path) -> None:
        (table,) = docx.Document(str(report)).tables
        rows = [row._tr for row in table.rows]
        assert [len(list(r.iter(qn("w:tblHeader")))) for r in rows] == [1, 0, 0]
        assert all(len(list(r.iter(qn("w:cantSplit")))) == 1 for r in rows)
        assert all(run.bold for cell in table.rows[0].cells for run in cell.paragraphs[0].runs)
        assert len(list(rows[0].iter(qn("w:shd")))) == 2

    def test_widths_are_fixed(self, report: Path) -> None:
        (table,) = docx.Document(str(report)).tables
        assert table.autofit is False
        given = [cell.width for cell in table.rows[1].cells]
        assert all(abs(a - b) < Mm(0.1) for a, b in zip(given, (Mm(100), Mm(56)), strict=True))

    def test_caption_stands_above_and_keeps_with_the_head(self, report: Path) -> None:
        document = docx.Document(str(report))
        (table,) = document.tables
        caption: Any = table._tbl.getprevious()
        assert "".join(t.text for t in caption.iter(qn("w:t"))) == "表1　各校生均面积"
        assert caption.pPr.find(qn("w:keepNext")) is not None
        assert all(c.paragraphs[0].paragraph_format.keep_with_next for c in table.rows[0].cells)

    @pytest.mark.parametrize(("rows", "kept"), [(1, [0]), (2, [0, 1]), (3, [0, 1]), (30, [0, 1])])
    def test_begins_with_two_rows_at_least(
        self, save: Callable[[OfficialDocument], Path], rows: int, kept: list[int]
    ) -> None:
        """Of the annex of history at 50 heights of the page, LibreOffice 7.4 lost rows of a table at 11, now at none."""
        document = OfficialDocument(CREATED)
        document.table(["甲"], [["乙"]] * rows, [50])
        (table,) = docx.Document(str(save(document))).tables
        follows = [r.cells[0].paragraphs[0].paragraph_format.keep_with_next for r in table.rows]
        assert [place for place, keeps in enumerate(follows) if keeps] == kept

    def test_note_follows_the_table_and_keeps_with_its_last_row(self, report: Path) -> None:
        (table,) = docx.Document(str(report)).tables
        note: Any = table._tbl.getnext()
        assert "".join(t.text for t in note.iter(qn("w:t"))) == "注：—表示缺数据。"
        assert all(c.paragraphs[0].paragraph_format.keep_with_next for c in table.rows[-1].cells)

    def test_second_note_leaves_the_first(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        document.table(["甲"], [["乙"]], [50])
        document.note("注一")
        document.note("注二")
        assert texts(save(document)) == ["注一", "注二"]

    @pytest.mark.parametrize(
        ("row", "widths", "align"),
        [(["甲"], [50, 50], "ll"), (["甲", "乙"], [50], "ll"), (["甲", "乙"], [50, 50], "l")],
    )
    def test_refuses_what_differs_in_length(self, row: list[str], widths: list[float], align: str) -> None:
        with pytest.raises(ValueError, match="differ in length"):
            OfficialDocument(CREATED).table(["一", "二"], [row], widths, align)

    def test_fits_the_text(self) -> None:
        document = OfficialDocument(CREATED)
        with pytest.raises(ValueError, match="156 mm"):
            document.table(["一", "二"], [], [100, 57])
        document.landscape()
        document.table(["一", "二"], [], [100, 125])
        with pytest.raises(ValueError, match="225 mm"):
            document.table(["一", "二"], [], [100, 126])


class TestSections:
    def test_landscape_turns_the_page_and_back(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        document.paragraph("前")
        document.landscape()
        document.landscape()
        document.table(["甲"], [["乙"]], [200])
        document.portrait()
        document.paragraph("后")
        path = save(document)
        sections = list(docx.Document(str(path)).sections)
        assert [s.page_width > s.page_height for s in sections] == [False, True, False]
        assert [s.footer.is_linked_to_previous for s in sections] == [False, True, True]
        # the break adds no empty paragraph: only the gap below the table is there
        assert texts(path) == ["前", "", "后"]

    def test_a_document_may_begin_lying(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        document.landscape()
        document.paragraph("甲")
        (section,) = docx.Document(str(save(document))).sections
        assert section.page_width > section.page_height


class TestChart:
    def test_stands_above_its_caption_in_the_width_wanted(
        self, save: Callable[[OfficialDocument], Path]
    ) -> None:
        document = OfficialDocument(CREATED)
        document.chart(PIXEL, 80, "班额分布")
        path = save(document)
        (shape,) = docx.Document(str(path)).inline_shapes
        assert shape.width == Mm(80)
        assert texts(path) == ["", "图1　班额分布"]

    def test_fits_the_page(self) -> None:
        document = OfficialDocument(CREATED)
        with pytest.raises(ValueError, match="156 mm"):
            document.chart(PIXEL, 160)
        document.landscape()
        with pytest.raises(ValueError, match="room for 135"):
            document.chart(PIXEL, 160)


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "decimals", "scale", "suffix", "wanted"),
        [
            (0.5, 0, 1, "", "1"),
            (2.5, 0, 1, "", "3"),
            (-2.5, 0, 1, "", "-3"),
            (1.005, 2, 1, "", "1.01"),
            (0.285, 0, 100, "%", "29%"),
            (0.145, 0, 100, "%", "15%"),
            (1 / 3, 1, 100, "%", "33.3%"),
            (-0.04, 1, 1, "", "0.0"),
            (12, 2, 1, "", "12.00"),
            (Decimal("0.125"), 2, 1, "", "0.13"),
            ("▼未达标", 0, 1, "", "▼未达标"),
            (None, 1, 100, "%", "—"),
            (float("nan"), 1, 1, "", "—"),
        ],
    )
    def test_are_rounded_half_up(
        self, value: Any, decimals: int, scale: float, suffix: str, wanted: str
    ) -> None:
        assert number(value, decimals=decimals, scale=scale, suffix=suffix).text == wanted

    def test_have_commas_where_wanted(self) -> None:
        assert number(1234567.5, thousands=True).text == "1,234,568"
        assert number(1234567.5).text == "1234568"

    def test_of_data_frames_are_numbers_too(self) -> None:
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame({"n": [3], "x": [0.125]})
        assert (printed(frame["n"].iloc[0]), printed(frame["x"].iloc[0], 2)) == ("3", "0.13")
        assert printed(pd.NA) == printed(pd.NaT) == "—"

    def test_infinite_or_true_is_no_figure(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            OfficialDocument(CREATED).paragraph(number(float("inf")))
        with pytest.raises(TypeError, match="neither"):
            OfficialDocument(CREATED).paragraph(number(True))

    def test_are_read_back_as_they_were_written(self, report: Path) -> None:
        assert read_numbers(report) == {"n0001": "12", "n0002": "75.0%", "n0003": "4.46", "n0004": "—"}

    def test_file_beside_the_document_names_their_origin(self, report: Path) -> None:
        origins = json.loads((report.parent / "report.numbers.json").read_text(encoding="utf-8"))
        assert origins["n0002"] == {
            "table": "fct_school_indicators",
            "key": {"school_year": 2024, "stage": "primary"},
            "column": "value",
            "decimals": 1,
            "scale": 100,
            "suffix": "%",
            "thousands": False,
            "text": "75.0%",
        }
        assert {name: o["text"] for name, o in origins.items()} == read_numbers(report)

    def test_number_changed_by_hand_is_found(self, report: Path) -> None:
        origins = json.loads(report.with_suffix(".numbers.json").read_text(encoding="utf-8"))
        now = read_numbers(mend(report, ">4.46<", ">4.64<"))
        assert {n: (o["text"], now[n]) for n, o in origins.items() if now[n] != o["text"]} == {
            "n0003": ("4.46", "4.64")
        }

    def test_number_split_into_two_runs_is_read_whole(self, report: Path) -> None:
        edited = mend(report, ">75.0%<", ">75.</w:t></w:r><w:r><w:t>0%<")
        assert read_numbers(edited)["n0002"] == "75.0%"

    def test_number_without_its_bookmark_is_missing_and_unregistered(self, report: Path) -> None:
        edited = mend(report, 'w:name="n0003"', 'w:name="other"')
        assert "n0003" not in read_numbers(edited)
        assert unregistered_digits(edited) == ["4.46"]

    def test_keys_may_be_pairs_and_hold_dates(self) -> None:
        pairs = (("on", datetime(2025, 3, 1).date()), ("code", "9"))
        one, two = Number("t", pairs, "c", 1), Number("t", dict(pairs), "c", 1)
        assert one == two and hash(one) == hash(two)
        assert one.origin()["key"] == {"code": "9", "on": "2025-03-01"}


class TestTypedDigits:
    @pytest.mark.parametrize("text", ["共12所", "共１２所", "第9项"])
    def test_are_refused_everywhere(self, text: str) -> None:
        document = OfficialDocument(CREATED)
        refused: list[Callable[[], None]] = [
            lambda: document.title(text),
            lambda: document.subtitle(text),
            lambda: document.heading(1, text),
            lambda: document.paragraph("甲", text),
            lambda: document.note(text),
            lambda: document.table([text], [], [50]),
            lambda: document.table(["甲"], [[text]], [50]),
            lambda: document.table(["甲"], [[["乙", text]]], [50]),
            lambda: document.table(["甲"], [], [50], caption=text),
            lambda: document.chart(PIXEL, 50, text),
        ]
        for call in refused:
            with pytest.raises(ValueError, match="Number, or a Label"):
                call()

    def test_refused_call_leaves_no_trace(self, save: Callable[[OfficialDocument], Path]) -> None:
        document = OfficialDocument(CREATED)
        with pytest.raises(ValueError):
            document.table(["甲"], [[number(1)], ["2"]], [50], caption="题")
        with pytest.raises(ValueError):
            document.heading(1, "第2章")
        document.heading(1, "题")
        assert document.numbers == {}
        assert document.next_table == Label("表1")
        assert texts(save(document)) == ["一、题"]

    def test_labels_are_allowed_and_known_again(self, report: Path) -> None:
        assert unregistered_digits(report) == []
        assert "优质均衡监测报告（2024学年）" in texts(report)

    def test_digit_added_by_hand_is_found(self, report: Path) -> None:
        assert unregistered_digits(mend(report, ">参评学校<", ">参评学校（另有3所）<")) == [
            "参评学校（另有3所）"
        ]

    def test_labels_are_known_by_the_name_of_their_style(self, report: Path) -> None:
        edited = report.with_name("renamed.docx")
        with zipfile.ZipFile(report) as source, zipfile.ZipFile(edited, "w") as target:
            for name in source.namelist():
                content = source.read(name).replace(b'w:styleId="Label"', b'w:styleId="a7"')
                target.writestr(name, content.replace(b'w:rStyle w:val="Label"', b'w:rStyle w:val="a7"'))
        assert unregistered_digits(edited) == []


class TestFile:
    def test_same_content_gives_the_same_bytes(self, tmp_path: Path) -> None:
        paths = [tmp_path / "one.docx", tmp_path / "two.docx"]
        for path in paths:
            document = OfficialDocument(CREATED)
            fill(document)
            document.chart(PIXEL, 20, "图")
            document.save(path)
        assert paths[0].read_bytes() == paths[1].read_bytes()
        sidecars = [p.with_suffix(".numbers.json").read_bytes() for p in paths]
        assert sidecars[0] == sidecars[1]

    def test_says_the_time_given_in_utc(self, save: Callable[[OfficialDocument], Path]) -> None:
        east = datetime(2025, 3, 1, 16, 30, tzinfo=timezone(timedelta(hours=8)))
        document = OfficialDocument(east, author="督导室")
        document.title("报告")
        properties = docx.Document(str(save(document))).core_properties
        assert properties.created == properties.modified == datetime(2025, 3, 1, 8, 30, tzinfo=UTC)
        assert (properties.author, properties.title, properties.comments) == ("督导室", "报告", "")

    def test_control_characters_of_dirty_names_are_dropped(
        self, save: Callable[[OfficialDocument], Path]
    ) -> None:
        document = OfficialDocument(CREATED)
        document.paragraph(Label("实验\x0b\x02小学<&>"))
        assert texts(save(document)) == ["实验小学<&>"]

    def test_other_files_are_refused_in_chinese(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.docx"
        path.write_text("no zip", encoding="utf-8")
        with pytest.raises(UserError, match="不是完好的 Word 文档"):
            read_numbers(path)
