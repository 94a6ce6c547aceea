"""Writes an issue of a report as the catalogue declares it: red head, judgement, signature, annexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_project.publish import catalogue, labels
from dagster_project.publish.catalogue.models import Annex
from dagster_project.publish.word.documents import OfficialDocument
from dagster_project.publish.word.drawings import drawing_blocks
from dagster_project.publish.word.figures import Label, Part
from dagster_project.publish.word.issue import Source
from dagster_project.publish.word.sentences import day_zh, paragraph_parts
from dagster_project.publish.word.tables import Block, table_blocks


def write_report(document: OfficialDocument, source: Source) -> None:
    """Write the whole report. A section or an annex without content is left out, its heading too."""
    report = source.issue.report
    _write_head(document, source)
    for section in report.body:
        _write_section(document, section, section_blocks(source, section))
    annexes = [(annex, filled) for annex in report.annexes if (filled := _annex_blocks(source, annex))]
    for number, (annex, _) in enumerate(annexes, 1):
        first = "附件：" if number == 1 else "　　　"
        # an only annex has no number
        document.paragraph(first, Label(f"{number}.{annex.title_zh}" if len(annexes) > 1 else annex.title_zh))
    _write_signature(document, source)
    for number, (annex, filled) in enumerate(annexes, 1):
        mark = number if len(annexes) > 1 else None
        document.annex(mark, annex.title_zh, landscape=annex.is_landscape)
        for section, blocks in filled:
            _write_section(document, section, blocks)


def section_blocks(source: Source, section: catalogue.ReportSection) -> list[Block]:
    """What a section holds, without its heading; empty if it has nothing to say."""
    if section.for_each is None:
        blocks = _content(source, section, {})
    else:
        blocks = []
        for row in source.rows(section.for_each):
            blocks += [_item_heading(row), *_content(source, section, row)]
    if blocks:
        blocks += [_note(source.text(note)) for note in section.notes_zh]
    return blocks


def _content(source: Source, section: catalogue.ReportSection, values: Mapping[str, Any]) -> list[Block]:
    paragraphs = catalogue.load().paragraphs
    blocks: list[Block] = []
    for name in section.paragraphs:
        parts = paragraph_parts(source, paragraphs[name], values)
        if parts:
            blocks.append(_paragraph(parts, source.text(paragraphs[name].lead_zh)))
    blocks += table_blocks(source, section.name, values)
    for name in section.drawings:
        blocks += drawing_blocks(source, name)
    return blocks


def _paragraph(parts: Sequence[Part], lead: str) -> Block:
    return lambda document: document.paragraph(*parts, lead=lead)


def _note(text: str) -> Block:
    return lambda document: document.note(Label(text))


def _item_heading(row: catalogue.Row) -> Block:
    name = labels.item_heading_zh(row["item_number"], row["item_title_zh"], row["area_zh"])
    return lambda document: document.heading(2, Label(name), is_numbered=False)


def _write_section(
    document: OfficialDocument, section: catalogue.ReportSection, blocks: Sequence[Block]
) -> None:
    if not blocks:
        return
    if section.title_zh:
        document.heading(1, section.title_zh)
    for write in blocks:
        write(document)


def _annex_blocks(source: Source, annex: Annex) -> list[tuple[catalogue.ReportSection, list[Block]]]:
    """The sections of an annex that have content, with it."""
    return [(s, blocks) for s in annex.sections if (blocks := section_blocks(source, s))]


def _write_head(document: OfficialDocument, source: Source) -> None:
    issue = source.issue
    document.masthead(
        [Label(issue.district.name_zh), issue.report.title_zh],
        Label(issue.number_zh + (f"（{issue.synthetic_zh}）" if issue.synthetic_zh else "")),
        Label(issue.district.issuing_body_zh),
        Label(_period_zh(source)),
    )
    if issue.district.addressees_zh:
        document.addressees(Label("、".join(issue.district.addressees_zh)), "：")


def _period_zh(source: Source) -> str:
    """The day of a monthly report, or first and last day of a weekly one."""
    first, last = source.issue.first_day, source.issue.as_of
    if not source.issue.is_weekly:
        return f"截至{day_zh(last)}"
    return f"{first.month}月{first.day}日至{last.month}月{last.day}日"


def _write_signature(document: OfficialDocument, source: Source) -> None:
    district = source.issue.district
    document.signature(Label(district.issuing_body_zh or district.name_zh), Label(day_zh(source.issue.as_of)))
    if district.copied_to_zh:
        document.imprint("抄送：", Label("、".join(district.copied_to_zh)), "。")
