"""Official Chinese Word documents after GB/T 9704-2012, in which every figure names the cell it comes from."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.numbers import chinese_numeral
from dagster_project.publish.catalogue.models import LANDSCAPE_MM, PORTRAIT_MM
from dagster_project.publish.word.figures import Label, Number, Part, Parts, checked, clean
from dagster_project.publish.word.widths import fitted_widths

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_LABEL_STYLE, _LEAD_STYLE = "Label", "LeadIn"
_ALIGN = {"l": "left", "c": "center", "r": "right"}
#: A hyphen in a date or a code, or the sign of a number: no line ends at it.
_BREAKING_HYPHEN = re.compile(r"-(?=[0-9])")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
#: Styles, fonts, margins and page numbers after GB/T 9704-2012; edited with Word or WPS. The program refers to its
#: paragraph styles by name and to the character style `Label`, which marks digits that are no figures.
TEMPLATE = Path(__file__).with_name("template.docx")


def _mm(millimetres: float) -> int:
    """Millimetres in twips."""
    return round(millimetres * 1440 / 25.4)


_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


class OfficialDocument:
    """A document built from top to bottom and then saved, with a file that says where each figure comes from.

    Plain text may not hold a digit: figures are given as `Number`, dates and names as `Label`. A refused call
    leaves the document as it was. The same content gives the same bytes.

    Args:
        created: time the document says it was made; without time zone it is taken as it stands.
        author: who the document says made it.
    """

    def __init__(self, created: datetime, *, author: str = "") -> None:
        from docx import Document

        self._document = Document(str(TEMPLATE))
        self._body: Any = self._document.element.body
        self._style_ids = {style.element.name_val: style.style_id for style in self._document.styles}
        self._origins: dict[str, dict[str, Any]] = {}
        self._headings, self._in_annex = [0, 0, 0], False
        self._tables = self._charts = 0
        self._landscape, self._section_is_empty = False, True
        self._set_up_properties(created, author)
        self._set_page(landscape=False)

    @property
    def numbers(self) -> dict[str, dict[str, Any]]:
        """Bookmark → origin and printed text of every figure so far."""
        return {name: dict(origin) for name, origin in self._origins.items()}

    @property
    def next_table(self) -> Label:
        """How the next table with a caption will be called, for text that refers to it."""
        return Label(f"表{self._tables + 1}")

    @property
    def next_chart(self) -> Label:
        """How the next chart with a caption will be called, for text that refers to it."""
        return Label(f"图{self._charts + 1}")

    def title(self, *parts: Part, style: str = "Title") -> None:
        """The document's title."""
        listed = checked(parts)
        text = "".join(p if isinstance(p, str) else p.text for p in listed)
        self._document.core_properties.title = clean(text)[:255]
        self._add(style, listed)

    def masthead(self, title: Parts, issue: Parts, office: Parts, day: Parts) -> None:
        """The red head of an issue: its title, its number, and below them who issues it and when."""
        parts = [checked(p) for p in (title, issue, office, day)]
        self.title(*parts[0], style="Masthead")
        self._add("Issue Number", parts[1])
        line = self._add("Issue Line", parts[2])
        line.add_run("\t")
        self._runs(line._p, parts[3])

    def addressees(self, *parts: Part) -> None:
        """To whom it is sent, before the text."""
        self._add("Addressee", checked(parts))

    def signature(self, *lines: Parts) -> None:
        """Who signs, and the day, each on a line at the right; a line without text is left out.

        It never stands on a page alone: what comes before it goes to the next page with it.
        """
        listed = [line for line in map(checked, lines) if line != [""]]
        self._keep_end_with_next()
        for number, line in enumerate(listed, 1):
            self._add("Signature Block", line, keep_next=number < len(listed))

    def imprint(self, *parts: Part) -> None:
        """Who gets a copy, between two lines."""
        self._add("Imprint", checked(parts))

    def annex(self, number: int | None, *title: Part, landscape: bool = False) -> None:
        """Begin an annex on a page of its own; its headings are numbered from one. An only annex has no number."""
        listed = checked(title)
        turns = landscape != self._landscape
        self._turn(landscape=landscape)
        mark = self._add("Annex Mark", ["附件", Label(str(number))] if number else ["附件"])
        if turns:
            mark.paragraph_format.page_break_before = False
        self._add("Annex Title", listed)
        self._headings, self._in_annex = [0, 0, 0], True

    def subtitle(self, *parts: Part) -> None:
        """A line below the title: the district, the date."""
        self._add("Subtitle", checked(parts))

    def heading(self, level: int, *parts: Part, is_numbered: bool = True) -> None:
        """A heading of level 1 (一、), 2 (（一）) or 3 (1.), numbered on from the last, or with a number of its own."""
        listed = checked(parts)
        if level not in (1, 2, 3):
            raise ValueError(f"headings have the levels 1 to 3, not {level}")
        if not is_numbered:
            self._add(f"heading {level}", listed)
            return
        count = self._headings[level - 1] + 1
        number: Part = Label(f"{count}.")
        if level < 3:
            numeral = chinese_numeral(count)
            number = f"{numeral}、" if level == 1 else f"（{numeral}）"
        self._headings[level - 1 :] = [count, *[0] * (3 - level)]
        self._add(f"heading {level}", [number, *listed])

    def paragraph(self, *parts: Part, lead: str = "") -> None:
        """A paragraph of the text, indented by two characters, smaller in an annex; `lead` stands first in bold."""
        listed, first = checked(parts), checked(lead)
        paragraph = self._add("Annex Text" if self._in_annex else "Body Text", [])
        if lead:
            paragraph._p.append(_run(str(first[0]), f'<w:rStyle w:val="{_LEAD_STYLE}"/>'))
        self._runs(paragraph._p, listed)

    def table(
        self,
        head: Sequence[Parts],
        rows: Iterable[Sequence[Parts]],
        widths_mm: Sequence[float],
        align: str = "",
        *,
        caption: Parts = "",
        size_pt: float = 10.5,
    ) -> None:
        """A table with thin borders, its head repeated on every page, no row broken over two pages.

        At the foot of a page it begins with two rows at least.

        Args:
            head: one cell for every column.
            rows: as many cells in every row.
            widths_mm: widths of the columns; together no more than the text is wide. A column whose figures or dates
                need more gets it from those that have some to spare.
            align: `l`, `c` or `r` for every column; all centred if empty.
            caption: stands above, after 表1, 表2, …; without one the table isn't counted.
            size_pt: 10.5 (五号) to 12 (小四).

        Raises:
            ValueError: a digit typed into a cell, a row of another length, or widths that don't fit.
        """
        from docx.oxml import parse_xml

        heads, caption_parts = [checked(cell) for cell in head], checked(caption)
        cells = [[checked(cell) for cell in row] for row in rows]
        align = align or "c" * len(heads)
        if any(len(row) != len(heads) for row in [widths_mm, align, *cells]):
            raise ValueError(f"head, rows, widths and alignment differ in length; the head has {len(heads)}")
        if set(align) - set(_ALIGN):
            raise ValueError(f"align is written with l, c and r, not {align!r}")
        if not 10.5 <= size_pt <= 12:
            raise ValueError(f"text of tables has 10.5 to 12 pt, not {size_pt}")
        self._check_width(sum(widths_mm))

        if caption_parts != [""]:
            number = self.next_table
            self._tables += 1
            self._add("caption", [number, "　", *caption_parts], keep_next=True)
        most = LANDSCAPE_MM if self._landscape else PORTRAIT_MM
        widths = [_mm(width) for width in fitted_widths(heads, cells, widths_mm, most, size_pt)]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        table: Any = parse_xml(
            f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
            f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
            '<w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid></w:tbl>"
        )
        self._body.insert_element_before(table, "w:sectPr")
        self._table_row(table, heads, widths, "c" * len(heads), size_pt, is_head=True, keep_next=True)
        for place, row in enumerate(cells, 1):
            # LibreOffice loses the rest of a table of which a single row stands at the foot of a page
            self._table_row(table, row, widths, align, size_pt, keep_next=place == 1 < len(cells))
        self._section_is_empty = False
        self._add("Table End", [])

    def chart(self, png: bytes, width_mm: float, caption: Parts = "") -> None:
        """A picture in the middle of the line, its caption below after 图1, 图2, ….

        Raises:
            ValueError: the picture is wider or higher than the page's text.
        """
        from docx.image.image import Image
        from docx.shared import Mm

        parts = checked(caption)
        image = Image.from_blob(png)
        height_mm, most = width_mm * image.px_height / image.px_width, 135 if self._landscape else 200
        self._check_width(width_mm)
        if height_mm > most:
            raise ValueError(f"the chart would be {height_mm:.0f} mm high; the page has room for {most}")
        paragraph = self._add("Chart", [])
        picture = paragraph.add_run().add_picture(BytesIO(png), width=Mm(width_mm))
        properties = picture._inline.docPr
        properties.set("name", f"chart{self._charts + 1}")
        properties.set("descr", clean("".join(p if isinstance(p, str) else p.text for p in parts)))
        if parts == [""]:
            paragraph.paragraph_format.keep_with_next = False
            return
        number = self.next_chart
        self._charts += 1
        self._add("caption", [number, "　", *parts])

    def note(self, *parts: Part) -> None:
        """A small line; right below a table it stays with the table's last row."""
        listed = checked(parts)
        gap = self._last_block()
        if gap is not None and gap.style == "TableEnd":
            table = gap.getprevious()
            self._body.remove(gap)
            for paragraph in table.tr_lst[-1].iter(f"{{{_W}}}p"):
                paragraph.get_or_add_pPr().get_or_add_keepNext()
        self._add("Table Note", listed)

    def landscape(self) -> None:
        """Continue on a new page in landscape, 225 mm wide between the margins."""
        self._turn(landscape=True)

    def portrait(self) -> None:
        """Continue on a new page in portrait, 156 mm wide between the margins."""
        self._turn(landscape=False)

    def save(self, path: Path) -> None:
        """Write the document, and beside it `<name>.numbers.json`: bookmark → origin of the figure.

        A file of that name is replaced.
        """
        written = BytesIO()
        self._document.save(written)
        with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w") as target:
            for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
                member = zipfile.ZipInfo(name, _ZIP_TIME)
                member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 0, 0
                target.writestr(member, source.read(name), compresslevel=6)
        text = json.dumps(self._origins, ensure_ascii=False, indent=2, sort_keys=True)
        path.with_suffix(".numbers.json").write_text(text + "\n", encoding="utf-8", newline="\n")

    def _set_up_properties(self, created: datetime, author: str) -> None:
        moment = created.astimezone(UTC).replace(tzinfo=None) if created.tzinfo else created
        properties = self._document.core_properties
        properties.created = properties.modified = moment.replace(microsecond=0)
        properties.author = properties.last_modified_by = clean(author)
        properties.comments, properties.language = "", "zh-CN"

    def _set_page(self, *, landscape: bool) -> None:
        from docx.enum.section import WD_ORIENT
        from docx.shared import Mm

        section = self._document.sections[-1]
        # a lying page is the upright one turned by a quarter: its text covers the same part of the sheet
        width, height, top, right, bottom, left, foot = (
            (297, 210, 28, 37, 26, 35, 15) if landscape else (210, 297, 37, 26, 35, 28, 25)
        )
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(width), Mm(height)
        section.top_margin, section.right_margin = Mm(top), Mm(right)
        section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
        section.header_distance, section.footer_distance = Mm(15), Mm(foot)
        properties: Any = section._sectPr
        for grid in properties.findall(f"{{{_W}}}docGrid"):
            properties.remove(grid)
        self._landscape = landscape

    def _turn(self, *, landscape: bool) -> None:
        from docx.enum.section import WD_SECTION

        if landscape == self._landscape:
            return
        if not self._section_is_empty:
            last = self._last_block()
            self._document.add_section(WD_SECTION.NEW_PAGE)
            # the break goes into the last paragraph: one of its own might fall on a page of its own
            carrier = last.getnext()
            last.get_or_add_pPr().append(carrier.pPr.find(f"{{{_W}}}sectPr"))
            self._body.remove(carrier)
            self._section_is_empty = True
        self._set_page(landscape=landscape)

    def _check_width(self, width_mm: float) -> None:
        most = LANDSCAPE_MM if self._landscape else PORTRAIT_MM
        if not 0 < width_mm <= most + 0.01:
            raise ValueError(f"{width_mm:g} mm don't fit the text, which is {most} mm wide")

    def _last_block(self) -> Any:
        """The last paragraph or table, if there is one."""
        blocks = [child for child in self._body[-2:] if child.tag != f"{{{_W}}}sectPr"]
        return blocks[-1] if blocks else None

    def _keep_end_with_next(self) -> None:
        """Let the last paragraph with text stay on the page of what follows; of a table its last two rows."""
        for block in reversed([child for child in self._body if child.tag != f"{{{_W}}}sectPr"]):
            paragraphs = [block] if block.tag == f"{{{_W}}}p" else list(block.iter(f"{{{_W}}}p"))
            if block.tag == f"{{{_W}}}tbl":
                rows = list(block.iter(f"{{{_W}}}tr"))[-2:]
                paragraphs = [p for row in rows for p in row.iter(f"{{{_W}}}p")]
            for paragraph in paragraphs:
                paragraph.get_or_add_pPr().get_or_add_keepNext()
            if block.tag == f"{{{_W}}}tbl" or any(t.text for t in block.iter(f"{{{_W}}}t")):
                return

    def _add(self, style: str, parts: Sequence[Part], *, keep_next: bool = False) -> Paragraph:
        from docx.oxml import parse_xml
        from docx.text.paragraph import Paragraph

        style_id = self._style_ids[style]
        keep = "<w:keepNext/>" if keep_next else ""
        element: Any = parse_xml(
            f'<w:p xmlns:w="{_W}"><w:pPr><w:pStyle w:val="{style_id}"/>{keep}</w:pPr></w:p>'
        )
        self._body.insert_element_before(element, "w:sectPr")
        self._section_is_empty = False
        self._runs(element, parts)
        return Paragraph(element, self._document._body)

    def _table_row(
        self,
        table: Any,
        cells: Sequence[Sequence[Part]],
        widths: Sequence[int],
        align: str,
        size_pt: float,
        *,
        is_head: bool = False,
        keep_next: bool = False,
    ) -> None:
        from docx.oxml import parse_xml

        repeat = "<w:tblHeader/>" if is_head else ""
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="E7E7E7"/>' if is_head else ""
        keep = "<w:keepNext/>" if keep_next else ""
        row: Any = parse_xml(f'<w:tr xmlns:w="{_W}"><w:trPr><w:cantSplit/>{repeat}</w:trPr></w:tr>')
        table.append(row)
        size = "" if size_pt == 10.5 else f'<w:sz w:val="{round(size_pt * 2)}"/>'
        properties = f"{'<w:b/>' if is_head else ''}{size}"
        for parts, width, letter in zip(cells, widths, align, strict=True):
            cell: Any = parse_xml(
                f'<w:tc xmlns:w="{_W}"><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/>'
                f'</w:tcPr><w:p><w:pPr><w:pStyle w:val="TableText"/>{keep}<w:jc w:val="{_ALIGN[letter]}"/></w:pPr>'
                "</w:p></w:tc>"
            )
            row.append(cell)
            self._runs(cell[-1], parts, properties)

    def _runs(self, paragraph: Any, parts: Sequence[Part], properties: str = "") -> None:
        """Append the parts as runs, a figure between the ends of its bookmark."""
        for part in parts:
            if isinstance(part, Number):
                count = len(self._origins) + 1
                name = f"n{count:04d}"
                self._origins[name] = part.origin()
                paragraph.append(_element("bookmarkStart", id=str(count), name=name))
                paragraph.append(_run(part.text, properties))
                paragraph.append(_element("bookmarkEnd", id=str(count)))
            elif isinstance(part, Label):
                paragraph.append(_run(part.text, f'<w:rStyle w:val="{_LABEL_STYLE}"/>{properties}'))
            elif part:
                paragraph.append(_run(part, properties))


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml.parser import OxmlElement

    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(f"{{{_W}}}{name}", value)
    return element


def _run(text: str, properties: str) -> Any:
    from docx.oxml import parse_xml

    style = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    run: Any = parse_xml(f'<w:r xmlns:w="{_W}">{style}</w:r>')
    pieces = _BREAKING_HYPHEN.split(clean(text))
    run.text = pieces[0]
    for piece in pieces[1:]:
        run.append(_element("noBreakHyphen"))
        if piece:
            run.add_t(piece)
    return run
