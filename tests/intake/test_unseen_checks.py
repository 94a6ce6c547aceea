"""No spelling of a workbook's parts slips past the checks: each is read like the plain one, or refused.

The workbook holds one of everything that the checks look for. Names of parts, targets of relations, quotes, blanks,
prefixes and encodings are varied at random; a check that could not run would show as another grid.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from dagster_project.intake.files.dispatch import read_grids
from dagster_project.intake.files.grid import (
    ERROR_CELL,
    EXTERNAL_REFERENCE,
    FORMULA_WITHOUT_VALUE,
    OVERWRITTEN_CELL,
)
from dagster_project.intake.findings import RejectedFile
from tests.intake import bad_files as make

SHEET, STRINGS, RELATIONS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
Members = dict[str, bytes]


@dataclass(frozen=True)
class Seen:
    """What the reader makes of a workbook."""

    sheet: str
    rows: list[list[Any]]
    hidden_rows: list[int]
    hidden_columns: list[int]
    merges: list[tuple[int, int, int, int]]
    rules: list[str]


def seen(members: Members) -> Seen | str:
    """What is read, or the rule by which it is refused."""
    try:
        (grid,) = read_grids(packed(members), ".xlsx")
    except RejectedFile as refused:
        return refused.rule_code
    rules = sorted(w.rule_code for w in grid.warnings)
    return Seen(grid.sheet, grid.rows, grid.hidden_rows, grid.hidden_columns, grid.merges, rules)


def packed(members: Members) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo("x")
            info.filename = name  # as it is: the constructor would turn a backslash
            archive.writestr(info, data)
    return stream.getvalue()


def tricky() -> Members:
    """Members of a workbook with an error, a formula without value, one on another file, a struck number, and more."""
    rows = [
        ["学校标识码", "甲", "乙"],
        ["2150000001", 40, "四零三八"],
        ["2150000002", 38, 2],
        ["2150000003", 37, 3],
    ]
    archive = zipfile.ZipFile(io.BytesIO(make.shared_text_workbook(rows)))
    members = {name: archive.read(name) for name in archive.namelist()}
    for old, new in (
        (b'<c r="B2"><v>40</v></c>', b'<c r="B2" t="e"><v>#REF!</v></c>'),
        (b'<c r="B3"><v>38</v></c>', b'<c r="B3"><f>29+1</f></c>'),
        (b'<c r="B4"><v>37</v></c>', b'<c r="B4"><f>[1]Sheet1!A1</f><v>37</v></c>'),
        (b'<row r="3"', b'<row r="3" hidden="1"'),
        (b"<sheetData>", b'<cols><col min="3" max="3" hidden="1" width="9"/></cols><sheetData>'),
        (b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="C3:C4"/></mergeCells>'),
    ):
        assert old in members[SHEET], old
        members[SHEET] = members[SHEET].replace(old, new)
    struck = b"<r><rPr><strike/></rPr><t>40</t></r><r><t>38</t></r>"
    members[STRINGS] = members[STRINGS].replace("<t>四零三八</t>".encode(), struck)
    members["xl/externalLinks/externalLink1.xml"] = b"<externalLink/>"
    return members


PLAIN = Seen(
    "在校生数",
    [
        ["学校标识码", "甲", "乙"],
        ["2150000001", ERROR_CELL, OVERWRITTEN_CELL],
        ["2150000002", FORMULA_WITHOUT_VALUE, 2],
        ["2150000003", EXTERNAL_REFERENCE, 3],
    ],
    [3],
    [3],
    [(3, 3, 4, 3)],
    ["EXTERNAL_LINKS"],
)


def test_the_plain_workbook_shows_all_that_the_checks_look_for() -> None:
    assert seen(tricky()) == PLAIN


def in_other_case(name: str, chance: random.Random) -> str:
    return "".join(chance.choice((c.lower(), c.upper())) for c in name)


def rename_parts(members: Members, chance: random.Random) -> Members:
    """Names in any case, some or all with backslashes; the parts' relations stay as they are."""
    slash = chance.choice(["/", "\\"])
    return {
        (in_other_case(n, chance) if chance.random() < 0.7 else n).replace("/", slash): d
        for n, d in members.items()
    }


def respell_targets(members: Members, chance: random.Random) -> Members:
    forms = ["worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "./worksheets/sheet1.xml", "worksheets\\sheet1.xml",
             "worksheets/../worksheets/sheet1.xml", "worksheets/sheet%31.xml", "\\xl\\worksheets\\sheet1.xml"]  # fmt: skip
    target = in_other_case(chance.choice(forms), chance).encode()
    changed = re.sub(rb'(?<=Target=")[^"]*sheet1\.xml', lambda _: target, members[RELATIONS])
    return members | {RELATIONS: changed}


def in_tags(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change of the tags alone, not of the text between them nor of the declaration."""
    return lambda xml: re.sub(rb"<[^<>?]*>", lambda tag: change(tag[0]), xml)


def prefixed(xml: bytes) -> bytes:
    return in_tags(lambda tag: re.sub(rb"\A<(/?)(\w)", rb"<\1x:\2", tag).replace(b" xmlns=", b" xmlns:x="))(
        xml
    )


def strict(xml: bytes) -> bytes:
    return xml.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )


def in_utf16(xml: bytes) -> bytes:
    return xml.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


SPELLINGS: list[Callable[[bytes], bytes]] = [
    in_tags(lambda tag: tag.replace(b'"', b"'")),
    in_tags(lambda tag: tag.replace(b'="', b' = "')),
    in_tags(lambda tag: tag.replace(b'="', b'\n="')),
    in_tags(lambda tag: tag.replace(b'="', b'=\t"')),
    in_tags(lambda tag: tag.replace(b" ", b"\n  ")),
    in_tags(lambda tag: tag.replace(b" ", b"\r\n")),
    in_tags(lambda tag: re.sub(rb"(?<!/)>\Z", b" >", tag)),
    in_tags(lambda tag: tag.replace(b't="e"', b't="&#101;"').replace(b't="s"', b't="&#x73;"')),
    lambda xml: re.sub(rb"<v>([^<]*)</v>", rb"<v><![CDATA[\1]]></v>", xml),
    lambda xml: re.sub(rb"<v>(.)([^<]*)</v>", rb"<v>\1<!-- -->\2</v>", xml),
    lambda xml: re.sub(rb"<f>(.)([^<]*)</f>", rb"<f>\1<?p?>\2</f>", xml),
    lambda xml: re.sub(rb"<t>(.)([^<]*)</t>", rb"<t><!-- --><![CDATA[]]>\1\2</t>", xml),
    in_utf16,
    lambda xml: b"\xef\xbb\xbf" + xml,
    strict,
    prefixed,
]


@pytest.mark.parametrize("seed", range(150))
def test_no_spelling_slips_past_a_check(seed: int) -> None:
    chance = random.Random(seed)
    members = tricky()
    for part in (SHEET, STRINGS, "xl/workbook.xml", RELATIONS, "xl/styles.xml"):
        for change in chance.sample(SPELLINGS, chance.choice([0, 0, 1, 2])):
            if change is prefixed and part in ("xl/workbook.xml", RELATIONS):
                continue  # the prefix r: must stay
            try:
                members[part] = change(members[part])
            except UnicodeDecodeError:
                break  # the part is in UTF-16 already
    if b"\x00" not in members[RELATIONS]:
        members = respell_targets(members, chance)
    members = rename_parts(members, chance)
    with warnings.catch_warnings(action="ignore"):
        found = seen(members)
    assert found in (PLAIN, "DAMAGED_FILE"), seed


@pytest.mark.parametrize("spelling", range(len(SPELLINGS)))
def test_each_spelling_alone_is_read_like_the_plain_one(spelling: int) -> None:
    for part in (SHEET, STRINGS):
        members = tricky()
        members[part] = SPELLINGS[spelling](members[part])
        assert seen(members) == PLAIN, part


@pytest.mark.parametrize("seed", range(30))
def test_names_of_parts_alone_are_read_in_any_case_and_with_backslashes(seed: int) -> None:
    chance = random.Random(seed)
    assert seen(rename_parts(respell_targets(tricky(), chance), chance)) == PLAIN


def second_name(members: Members, chance: random.Random) -> Members:
    name = chance.choice(list(members))
    other = chance.choice([name.upper(), name.replace("/", "\\"), name.title(), name.swapcase()])
    return members | {other: members[name]} if other != name else members | {name.upper(): members[name]}


def second_cells(members: Members, chance: random.Random) -> Members:
    ahead = b'<sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData>'
    around = chance.choice([ahead, b"<sheetData/>", b'<x:o xmlns:x="urn:x">' + ahead + b"</x:o>"])
    return members | {SHEET: members[SHEET].replace(b"<sheetData>", around + b"<sheetData>")}


def partly_prefixed(members: Members, chance: random.Random) -> Members:
    xml = members[SHEET].replace(
        b" xmlns=", b' xmlns:y="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns=', 1
    )
    tag = chance.choice([b"row", b"c", b"v"])
    return members | {SHEET: re.sub(rb"<(/?)" + tag + rb"(?=[ >])", rb"<\1y:" + tag, xml)}


def same_sheet_name(members: Members, chance: random.Random) -> Members:
    sheet = re.search(rb"<sheet [^>]*/>", members["xl/workbook.xml"])
    assert sheet
    return members | {"xl/workbook.xml": members["xl/workbook.xml"].replace(sheet[0], sheet[0] * 2)}


def same_relation(members: Members, chance: random.Random) -> Members:
    first = re.search(rb"<Relationship [^>]*/>", members[RELATIONS])
    assert first
    return members | {
        RELATIONS: members[RELATIONS].replace(first[0], first[0].replace(b"sheet1", b"sheet9") + first[0])
    }


@pytest.mark.parametrize(
    "make_unclear", [second_name, second_cells, partly_prefixed, same_sheet_name, same_relation]
)
def test_what_two_readers_may_take_for_different_things_is_refused(
    make_unclear: Callable[[Members, random.Random], Members],
) -> None:
    for seed in range(10):
        with warnings.catch_warnings(action="ignore"):
            assert seen(make_unclear(tricky(), random.Random(seed))) in ("DAMAGED_FILE", "ARCHIVE_SUSPICIOUS")


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "xl\\vbaProject.bin", "xl/macrosheets/sheet1.xml",
                                  "XL\\MacroSheets\\Sheet1.xml"])  # fmt: skip
def test_macros_are_found_under_any_name(name: str) -> None:
    assert seen(tricky() | {name: b"<x/>"}) == "MACRO_FILE"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", ["xl/evil.xml", "xl/EVIL.XML", "xl\\x.Rels"])
def test_a_document_type_is_found_in_any_part_and_encoding(name: str, encoding: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding)
    assert seen(tricky() | {name: bomb}) == "XML_DEFINITION"
    assert seen(tricky() | {SHEET: bomb}) == "XML_DEFINITION"


@pytest.mark.parametrize("behind", [b"\n", b"\0" * 7, b"PK\x05\x06", b"Content-Disposition: attachment"])
def test_bytes_behind_a_workbook_change_nothing_or_refuse_it(behind: bytes) -> None:
    content = packed(tricky())
    try:
        (grid,) = read_grids(content + behind, ".xlsx")
    except RejectedFile as refused:
        assert refused.rule_code == "DAMAGED_FILE"
    else:
        assert grid.rows == PLAIN.rows


def test_of_two_workbooks_in_one_file_neither_is_read() -> None:
    other = make.workbook([["甲"], [1]])
    for content in (packed(tricky()) + other, other + packed(tricky())):
        with pytest.raises(RejectedFile):
            list(read_grids(content, ".xlsx"))


def test_days_counted_from_1904_are_days_and_bare_numbers_beside_them_are_asked_about() -> None:
    import datetime as dt

    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    from dagster_project.intake.feeds import Column
    from dagster_project.intake.parse.cells import convert_column

    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append([dt.datetime(2024, 3, 1), 43890])
    stream = io.BytesIO()
    book.save(stream)
    (grid,) = read_grids(stream.getvalue(), ".xlsx")
    day, number = grid.rows[0]
    column = Column(name="day", heading_zh="日期", type="date")
    assert convert_column([day], column).values == [dt.date(2024, 3, 1)]
    assert convert_column([number], column).faults[0][1].rule_code == "BAD_DATE"
    assert convert_column([number], Column(name="n", heading_zh="数", type="count")).values == [43890]
