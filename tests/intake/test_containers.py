"""Files that are no workbook of ours: read where that is certain, else refused by their true name with what to do."""

from __future__ import annotations

import base64
import gzip
import random

import pytest

from dagster_project.intake.feeds import Column
from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import ERROR_CELL
from dagster_project.intake.findings import RejectedFile
from dagster_project.intake.parse.cells import convert_column
from tests.intake import bad_files as make

ROWS = [make.HEAD, ["2150000001", "示例1小学", "小学", 30, 1], ["2150000002", "示例2小学", "小学", 40, 2]]
_SHEET = "urn:schemas-microsoft-com:office:spreadsheet"
XML = f"""<ss:Workbook xmlns:ss="{_SHEET}"><ss:Worksheet ss:Name="表"><ss:Table>
<ss:Row><ss:Cell ss:MergeAcross="1"><ss:Data ss:Type="String">题</ss:Data></ss:Cell></ss:Row>
<ss:Row ss:Index="3"><ss:Cell ss:Index="2"><ss:Data ss:Type="Number">40</ss:Data></ss:Cell>
<ss:Cell><ss:Data ss:Type="Error">#N/A</ss:Data></ss:Cell></ss:Row></ss:Table></ss:Worksheet></ss:Workbook>"""
DECLARED = '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n' + XML
PAGE = "<html><table><tr><td>学校</td><td>=E5=AD</td></tr></table></html>".encode()
ARCHIVE = (
    b'Subject: =?utf-8?Q?x?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(PAGE) + b"\r\n--x--\r\n"
)  # fmt: skip
BINARY = bytes(range(256)) * 4

REFUSED = [
    ("a photo", b"\xff\xd8\xff\xe0" + bytes(90), "NOT_A_TABLE", "照片"),
    ("a screenshot", b"\x89PNG\r\n\x1a\n" + bytes(90), "NOT_A_TABLE", "照片"),
    ("a photo of an iPhone", b"\0\0\0\x18ftypheic" + bytes(90), "NOT_A_TABLE", "照片"),
    ("a picture of a chat", b"RIFF\x10\0\0\0WEBPVP8 ", "NOT_A_TABLE", "照片"),
    ("a scan", b"II*\0" + bytes(90), "NOT_A_TABLE", "照片"),
    ("a video", b"\0\0\0\x20ftypisom" + bytes(90), "NOT_A_TABLE", "照片"),
    ("a PDF", b"%PDF-1.7\n", "NOT_A_TABLE", "PDF"),
    ("a PDF behind a line end", b"\r\n%PDF-1.4\n", "NOT_A_TABLE", "PDF"),
    ("a Word document", make.zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}), "NOT_A_TABLE", "Word"),
    ("slides", make.zipped({"[Content_Types].xml": b"<a/>", "ppt/presentation.xml": b"<a/>"}), "NOT_A_TABLE", "文档"),
    ("an old Word document", make.compound_file("WordDocument", b"x" * 5000), "NOT_A_TABLE", "Word"),
    ("an OFD", make.zipped({"OFD.xml": b"<a/>", "Doc_0/Document.xml": b"<a/>"}), "NOT_A_TABLE", "OFD"),
    ("a table of Numbers", make.zipped({"Index/Document.iwa": b"x", "preview.jpg": b"x"}), "NOT_A_TABLE", "Numbers"),
    ("an answer of a server", b'{"code": 500, "msg": "x"}', "NOT_A_TABLE", "不是 Excel"),
    ("a file that was never written", bytes(5000), "EMPTY_FILE", "空的"),
    ("text that was not written to its end", make.text_table(ROWS) + bytes(100), "DAMAGED_FILE", "不完整"),
    ("encrypted by an office's program", b"\x62\x14\x23\x65\x6c\0E-SafeNet\0LOCK" + BINARY, "ENCRYPTED_FILE", "加密软件"),
    ("encrypted by another", b"%TSD-Header-###%" + BINARY, "ENCRYPTED_FILE", "加密软件"),
    ("read-only with the password Excel brings along", make.compound_file("EncryptedPackage", b"x"), "ENCRYPTED_FILE",
     "只读保护"),
    ("a packed workbook", gzip.compress(make.workbook(ROWS)), "PACKED_FILES", "解压"),
    ("a workbook behind an answer's head", b"HTTP/1.1 200 OK\r\n\r\n" + make.workbook(ROWS), "DAMAGED_FILE", "重新导出"),
    ("a workbook behind a mark", b"\xef\xbb\xbf" + make.workbook(ROWS), "DAMAGED_FILE", "重新导出"),
    ("a flat open document", b'<?xml version="1.0"?><office:document/>', "XML_FILE", "另存为 .xlsx"),
    ("a text document", make.rewritten(make.open_workbook(ROWS), {"content.xml": lambda d: d.replace(
        b"spreadsheet>", b"text>")}), "NOT_A_TABLE", "不是 Excel"),
    ("UTF-32", make.text_table(ROWS, "utf-32"), "UNKNOWN_ENCODING", "编码"),
    ("a web archive without a table", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<html>x</html>", "WEB_ARCHIVE",
     "读不出表格"),
    ("a web archive of too many pages", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n" + 201 * (
        b"--x\r\nContent-Type: text/html\r\n\r\n<table><tr><td>1</td></tr></table>\r\n") + b"--x--\r\n", "WEB_ARCHIVE",
     "201 页"),
    ("the shell of a workbook saved as web pages", "<html xmlns:x='urn:x'><head><meta name='Excel Workbook Frameset'>"
     "</head><frameset rows='*,39'><frame src='上报.files/sheet001.htm'><noframes><body><p>此页使用了框架</p></body>"
     "</noframes></frameset></html>".encode("gb18030"), "HTML_FILE", ".files 文件夹"),
    ("a web page without a table", b"<html><body><p>404</p></body></html>", "HTML_FILE", "没有表格"),
    ("XML of another kind", b'<?xml version="1.0"?><Workbook/>', "XML_FILE", "另存为 .xlsx"),
    *((f"Excel {name}", head + bytes(60), "OLD_FORMAT", "另存为 .xlsx") for name, head in (
        ("2", b"\x09\x00\x04\x00\x02\x00\x10\x00"), ("3", b"\x09\x02\x06\x00\x00\x00\x10\x00"),
        ("4", b"\x09\x04\x06\x00\x00\x00\x10\x00"), ("5", b"\x09\x08\x08\x00\x00\x05\x10\x00\xbb\x0d\xcc\x07"),
        ("97", b"\x09\x08\x10\x00\x00\x06\x05\x00"),
    )),
    ("an old workbook with a byte too many", make.old_workbook(ROWS) + b"\n", "DAMAGED_FILE", "另存为 .xlsx"),
    ("an old workbook with a byte too few", make.old_workbook(ROWS)[:-1], "DAMAGED_FILE", "另存为 .xlsx"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "content", "rule", "says"), REFUSED, ids=[r[0] for r in REFUSED])
@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".csv"])
def test_a_file_is_refused_by_its_true_name_whatever_it_is_called(
    what: str, content: bytes, rule: str, says: str, suffix: str
) -> None:
    with pytest.raises(RejectedFile) as refused:
        list(read_grids(content, suffix))
    assert refused.value.rule_code == rule and says in refused.value.message_zh


def habits(text: str) -> list[str]:
    """The same delimited text as programs write it otherwise."""
    lines = text.splitlines()
    return [
        text,
        "\n".join(lines) + "\n",
        "\r".join(lines) + "\r",
        text + "\x1a",
        "\ufeff\ufeff" + text,
        "\r\n\r\n" + "\r\n\r\n".join(lines) + "\r\n",
        "".join(f"{line},,,\r\n" for line in lines),
        "".join(",".join(f'"{c}"' for c in line.split(",")) + "\r\n" for line in lines),
        "".join(", ".join(f'"{c}"' for c in line.split(",")) + "\r\n" for line in lines),
        "".join(",".join(f"{c}\t" for c in line.split(",")) + "\r\n" for line in lines),
        "".join(f"{line.split(',')[0]}\t,{line.split(',', 1)[1]}\r\n" for line in lines),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_habits_of_delimited_text_change_nothing(encoding: str) -> None:
    plain = [[str(c) for c in row] for row in ROWS]
    for text in habits(make.text_table(ROWS).decode()):
        (grid,) = read_grids(text.encode(encoding, errors="replace"), ".csv")
        rows = [[c.strip("\ufeff?\t ") for c in row][:5] for row in grid.rows]
        assert [r for r in rows if any(r)] == plain, text[:60]


@pytest.mark.parametrize("seed", range(100))
def test_no_bytes_are_read_without_a_word_of_refusal_or_as_a_table(seed: int) -> None:
    """Any beginning of another format before any bytes: a refusal with a message, or text in some encoding."""
    chance = random.Random(seed)
    start = chance.choice([content for _, content, *_ in REFUSED])[: chance.randrange(1, 40)]
    content = start + chance.randbytes(chance.randrange(300))
    try:
        grids = list(read_grids(content, chance.choice([".xlsx", ".xls", ".et", ".csv", ".ods"])))
    except RejectedFile as refused:
        assert refused.message_zh
    else:
        assert all(isinstance(c, str) for g in grids for row in g.rows for c in row)


@pytest.mark.parametrize(
    "text", ["#DIV/0!", "#N/A", "#REF", "#SPILL!", "#BUSY!", "#FIELD!", "#####", "Err:502", "#name?"]
)
def test_an_error_that_a_program_wrote_as_text_is_one_in_any_column(text: str) -> None:
    for kind in ("text", "count", "date", "month", "code"):
        column = Column(name="x", heading_zh="列", type=kind)  # type: ignore[arg-type]
        assert convert_column([text], column).faults[0][1].rule_code == "ERROR_VALUE"


@pytest.mark.parametrize("text", ["#1教学楼", "#A", "#3", "#"])
def test_a_sign_before_a_number_of_a_building_is_no_error(text: str) -> None:
    assert convert_column([text], Column(name="x", heading_zh="列", type="text")).values == [text]


def test_days_of_an_old_workbook_counted_from_1904_are_asked_about() -> None:
    import struct

    def with_mode(mode: int) -> bytes:
        end = struct.pack("<HH", 0x000A, 0)
        content = make.old_workbook([["日期"], [43890]])
        # the first end of records closes the part about the whole workbook; its sheets move behind the new record
        at = content.index(end)
        record = struct.pack("<HHH", 0x0022, 2, mode)
        place = content.index(struct.pack("<HH", 0x0085, 8 + 8)) + 4
        (start,) = struct.unpack_from("<I", content, place)
        moved = content[:place] + struct.pack("<I", start + len(record)) + content[place + 4 :]
        return (moved[:at] + record + moved[at:])[: len(content)]

    column = Column(name="x", heading_zh="日期", type="date")
    for mode, is_read in ((0, True), (1, False)):
        (grid,) = read_grids(with_mode(mode), ".xls")
        assert (not convert_column([grid.rows[1][0]], column).faults) == is_read


def test_workbooks_in_xml_and_web_archives_are_read() -> None:
    for content in (
        XML.encode(),
        DECLARED.encode(),
        DECLARED.encode("utf-16"),
        b"\xef\xbb\xbf" + DECLARED.encode(),
    ):
        (grid,) = read_grids(content, ".xls")
        assert (grid.sheet, grid.merges) == ("表", [(1, 1, 1, 2)])
        assert grid.rows == [["题", "", ""], ["", "", ""], ["", 40.0, ERROR_CELL]]
    (grid,) = read_grids(ARCHIVE, ".mht")
    assert grid.rows == [["学校", "=E5=AD"]]
    for spoilt in (
        XML.replace(">40<", ">4x0<"),
        XML.replace('Index="3"', 'Index="1"'),
        XML.replace("</ss:Table>", ""),
        XML.replace("</ss:Cell>", "<ss:Row><ss:Cell/></ss:Row></ss:Cell>", 1),
        XML.replace("</ss:Cell>", "<ss:Cell/></ss:Cell>", 1),
    ):
        with pytest.raises(RejectedFile):
            list(read_grids(spoilt.encode(), ".xls"))
