"""Official Chinese Word documents after GB/T 9704-2012, in which every figure names the cell it comes from."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex
from xml.etree import ElementTree

from dagster_project.core.errors import UserError
from dagster_project.core.numbers import chinese_numeral, printed

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph

#: Width of the text on an upright and on a lying page.
PORTRAIT_MM, LANDSCAPE_MM = 156, 225

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WESTERN = "Times New Roman"
_LABEL_STYLE = "Label"
_BOOKMARK = re.compile(r"n\d{4,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ALIGN = {"l": "left", "c": "center", "r": "right"}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Number:
    """One figure and where it comes from: the row of a table that its key picks, and a column.

    Args:
        table: table of the marts.
        key: column → value, enough to pick one row.
        column: column the value stands in.
        value: the value as the table has it, not yet rounded or scaled; None is printed as —.
        decimals: digits after the point.
        scale: the printed figure is the value times this; 100 for per cent.
        suffix: stands right after the figure, as in `%`; not printed after —.
        thousands: commas between thousands.
    """

    table: str
    key: Mapping[str, object] | tuple[tuple[str, object], ...]
    column: str
    value: float | int | str | Decimal | None
    decimals: int = 0
    scale: float = 1
    suffix: str = ""
    thousands: bool = False

    def __post_init__(self) -> None:
        pairs = self.key.items() if isinstance(self.key, Mapping) else self.key
        object.__setattr__(self, "key", tuple(sorted(pairs)))

    @property
    def text(self) -> str:
        """The printed text."""
        return printed(
            self.value, self.decimals, scale=self.scale, suffix=self.suffix, thousands=self.thousands
        )

    def origin(self) -> dict[str, Any]:
        """What the file beside the document says of this figure."""
        return {
            "table": self.table,
            "key": {name: _plain(value) for name, value in dict(self.key).items()},
            "column": self.column,
            "decimals": self.decimals,
            "scale": self.scale,
            "suffix": self.suffix,
            "thousands": self.thousands,
            "text": _clean(self.text),
        }


@dataclass(frozen=True)
class Label:
    """Text whose digits are no figures: a date, a school year, the number of an item, a name."""

    text: str


Part = str | Number | Label
#: A table cell, or a caption: one part or several.
Parts = Part | Sequence[Part]


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, SupportsIndex):
        return value.__index__()
    return str(value)


def _clean(text: str) -> str:
    """Text without what XML can't hold."""
    return _CONTROL.sub("", text)


def _has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def _checked(parts: Parts | Iterable[Part]) -> list[Part]:
    """The parts as a list.

    Raises:
        ValueError: a digit was typed into plain text.
    """
    listed = [parts] if isinstance(parts, str | Number | Label) else list(parts)
    for part in listed:
        if isinstance(part, str) and _has_digit(part):
            raise ValueError(f"a digit is typed into “{part}”: give a Number, or a Label if it is no figure")
        if isinstance(part, Number):
            # a value that can't be printed is refused before anything is written
            part.origin()
    return listed


@dataclass(frozen=True)
class _Style:
    """A paragraph style; sizes and distances in points, indents in characters."""

    name: str
    font: str
    size: float
    line: float | None = 28.8
    align: str = "both"
    indent: int = 0
    bold: bool = False
    before: float = 0
    after: float = 0
    keep_next: bool = False
    outline: int | None = None
    western: str = _WESTERN

    @property
    def id(self) -> str:
        return self.name.title().replace(" ", "")

    def xml(self) -> str:
        line = (
            f'w:line="{_twips(self.line)}" w:lineRule="exact"'
            if self.line
            else 'w:line="240" w:lineRule="auto"'
        )
        keep = "<w:keepNext/><w:keepLines/>" if self.keep_next else ""
        outline = "" if self.outline is None else f'<w:outlineLvl w:val="{self.outline}"/>'
        indent = (
            f'<w:ind w:firstLineChars="{self.indent * 100}" w:firstLine="{_twips(self.size * self.indent)}"/>'
            if self.indent
            else ""
        )
        is_normal = self.name == "Normal"
        default, based = (' w:default="1"', "") if is_normal else ("", '<w:basedOn w:val="Normal"/>')
        return (
            f'<w:style xmlns:w="{_W}" w:type="paragraph" w:styleId="{self.id}"{default}>'
            f'<w:name w:val="{self.name}"/>{based}<w:qFormat/>'
            f'<w:pPr>{keep}<w:spacing w:before="{_twips(self.before)}" w:after="{_twips(self.after)}" {line}/>'
            f'{indent}<w:jc w:val="{self.align}"/>{outline}</w:pPr>'
            f"<w:rPr>{_fonts(self.font, self.western)}{'<w:b/>' if self.bold else ''}"
            f'<w:sz w:val="{round(self.size * 2)}"/><w:szCs w:val="{round(self.size * 2)}"/></w:rPr></w:style>'
        )


def _twips(points: float) -> int:
    return round(points * 20)


def _mm(millimetres: float) -> int:
    """Millimetres in twips."""
    return round(millimetres * 1440 / 25.4)


def _fonts(east: str, western: str = _WESTERN) -> str:
    return f'<w:rFonts w:ascii="{western}" w:hAnsi="{western}" w:eastAsia="{east}" w:cs="{western}"/>'


_SONG, _HEI, _KAI, _FANGSONG = "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312"
_STYLES = (
    _Style("Normal", _FANGSONG, 16),
    _Style("Body Text", _FANGSONG, 16, indent=2),
    _Style("Title", "方正小标宋简体", 22, line=36, align="center", after=10, keep_next=True),
    _Style("Subtitle", _KAI, 16, align="center", after=0, keep_next=True),
    _Style("heading 1", _HEI, 16, indent=2, keep_next=True, outline=0),
    _Style("heading 2", _KAI, 16, indent=2, keep_next=True, outline=1),
    _Style("heading 3", _FANGSONG, 16, indent=2, bold=True, keep_next=True, outline=2),
    _Style("caption", _HEI, 12, line=20, align="center", before=6, after=3),
    _Style("Table Text", _SONG, 10.5, line=None, align="left", before=1.5, after=1.5),
    _Style("Table End", _SONG, 4, line=8),
    _Style("Table Note", _SONG, 12, line=18, before=3, after=8),
    _Style("Chart", _FANGSONG, 12, line=None, align="center", before=6, keep_next=True),
    _Style("footer", _SONG, 14, line=None, align="left", western=_SONG),
)
#: Beside each font, the name under which newer systems have it.
_FONT_NAMES = {
    _FANGSONG: "仿宋",
    _KAI: "楷体",
    _HEI: "SimHei",
    _SONG: "SimSun",
    "方正小标宋简体": "宋体",
}
_FONT_TABLE = (
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w="{_W}">'
    + "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/></w:font>'
        for name, other in _FONT_NAMES.items()
    )
    + f'<w:font w:name="{_WESTERN}"/></w:fonts>'
)
_OTHER_STYLES = (
    '<w:style xmlns:w="{w}" w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>',
    '<w:style xmlns:w="{w}" w:type="character" w:customStyle="1" w:styleId="{label}">'
    '<w:name w:val="{label}"/><w:basedOn w:val="DefaultParagraphFont"/></w:style>',
    '<w:style xmlns:w="{w}" w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
    '<w:top w:w="0" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>',
)
_DEFAULTS = (
    f'<w:docDefaults xmlns:w="{_W}"><w:rPrDefault><w:rPr>{_fonts(_FANGSONG)}<w:sz w:val="32"/><w:szCs w:val="32"/>'
    '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>'
)
_SETTINGS = (
    f'<w:settings xmlns:w="{_W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:spaceForUL/>'
    "<w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:doNotExpandShiftReturn/>"
    "<w:adjustLineHeightInTable/><w:useFELayout/>"
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
)
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_PAGE_NUMBER = (
    f'<w:r xmlns:w="{_W}"><w:t xml:space="preserve">— </w:t></w:r>',
    f'<w:fldSimple xmlns:w="{_W}" w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>',
    f'<w:r xmlns:w="{_W}"><w:t xml:space="preserve"> —</w:t></w:r>',
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

        self._document = Document()
        self._body: Any = self._document.element.body
        self._origins: dict[str, dict[str, Any]] = {}
        self._headings = [0, 0, 0]
        self._tables = self._charts = 0
        self._landscape, self._section_is_empty = False, True
        self._set_up_parts()
        self._set_up_properties(created, author)
        self._set_page(landscape=False)
        section = self._document.sections[0]
        self._page_number(section.footer.paragraphs[0], "right")
        self._page_number(section.even_page_footer.paragraphs[0], "left")

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

    def title(self, *parts: Part) -> None:
        """The document's title."""
        listed = _checked(parts)
        text = "".join(p if isinstance(p, str) else p.text for p in listed)
        self._document.core_properties.title = _clean(text)[:255]
        self._add("Title", listed)

    def subtitle(self, *parts: Part) -> None:
        """A line below the title: the district, the date."""
        self._add("Subtitle", _checked(parts))

    def heading(self, level: int, *parts: Part) -> None:
        """A heading of level 1 (一、), 2 (（一）) or 3 (1.), numbered on from the last."""
        listed = _checked(parts)
        if level not in (1, 2, 3):
            raise ValueError(f"headings have the levels 1 to 3, not {level}")
        count = self._headings[level - 1] + 1
        number: Part = Label(f"{count}.")
        if level < 3:
            numeral = chinese_numeral(count)
            number = f"{numeral}、" if level == 1 else f"（{numeral}）"
        self._headings[level - 1 :] = [count, *[0] * (3 - level)]
        self._add(f"heading {level}", [number, *listed])

    def paragraph(self, *parts: Part) -> None:
        """A paragraph of the text, indented by two characters."""
        self._add("Body Text", _checked(parts))

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

        Args:
            head: one cell for every column.
            rows: as many cells in every row.
            widths_mm: widths of the columns; together no more than the text is wide.
            align: `l`, `c` or `r` for every column; all centred if empty.
            caption: stands above, after 表1, 表2, …; without one the table isn't counted.
            size_pt: 10.5 (五号) to 12 (小四).

        Raises:
            ValueError: a digit typed into a cell, a row of another length, or widths that don't fit.
        """
        from docx.oxml import parse_xml

        heads, caption_parts = [_checked(cell) for cell in head], _checked(caption)
        cells = [[_checked(cell) for cell in row] for row in rows]
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
        widths = [_mm(width) for width in widths_mm]
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        table: Any = parse_xml(
            f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
            f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
            '<w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid></w:tbl>"
        )
        self._body.insert_element_before(table, "w:sectPr")
        self._table_row(table, heads, widths, "c" * len(heads), size_pt, is_head=True)
        for row in cells:
            self._table_row(table, row, widths, align, size_pt)
        self._section_is_empty = False
        self._add("Table End", [])

    def chart(self, png: bytes, width_mm: float, caption: Parts = "") -> None:
        """A picture in the middle of the line, its caption below after 图1, 图2, ….

        Raises:
            ValueError: the picture is wider or higher than the page's text.
        """
        from docx.image.image import Image
        from docx.shared import Mm

        parts = _checked(caption)
        image = Image.from_blob(png)
        height_mm, most = width_mm * image.px_height / image.px_width, 135 if self._landscape else 200
        self._check_width(width_mm)
        if height_mm > most:
            raise ValueError(f"the chart would be {height_mm:.0f} mm high; the page has room for {most}")
        paragraph = self._add("Chart", [])
        picture = paragraph.add_run().add_picture(BytesIO(png), width=Mm(width_mm))
        properties = picture._inline.docPr
        properties.set("name", f"chart{self._charts + 1}")
        properties.set("descr", _clean("".join(p if isinstance(p, str) else p.text for p in parts)))
        if parts == [""]:
            paragraph.paragraph_format.keep_with_next = False
            return
        number = self.next_chart
        self._charts += 1
        self._add("caption", [number, "　", *parts])

    def note(self, *parts: Part) -> None:
        """A small line; right below a table it stays with the table's last row."""
        listed = _checked(parts)
        gap = self._last_block()
        if gap is not None and gap.style == "TableEnd":
            table = gap.getprevious()
            self._body.remove(gap)
            for paragraph in table.tr_lst[-1].iter(f"{{{_W}}}p"):
                paragraph.get_or_add_pPr().get_or_add_keepNext()
        self._add("Table Note", listed)

    def landscape(self) -> None:
        """Go on on a lying page, with 225 mm for tables."""
        self._turn(landscape=True)

    def portrait(self) -> None:
        """Go on on an upright page, with 156 mm for tables."""
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

    def _set_up_parts(self) -> None:
        """Our own styles, settings and font names in place of the template's."""
        from docx.oxml import parse_xml

        styles: Any = self._document.styles.element
        for child in list(styles):
            styles.remove(child)
        styles.append(parse_xml(_DEFAULTS))
        for style in _STYLES:
            styles.append(parse_xml(style.xml()))
        for xml in _OTHER_STYLES:
            styles.append(parse_xml(xml.format(w=_W, label=_LABEL_STYLE)))
        settings: Any = self._document.settings.element
        for child in list(settings):
            settings.remove(child)
        for child in list(parse_xml(_SETTINGS)):
            settings.append(child)
        package, main = self._document.part.package, self._document.part
        unwanted = (
            "thumbnail",
            "extended-properties",
            "stylesWithEffects",
            "customXml",
            "numbering",
            "theme",
        )
        for owner in (package, main):
            for key, relation in list(owner.rels.items()):
                if relation.reltype.rsplit("/", 1)[-1] in unwanted:
                    del owner.rels[key]
                elif relation.reltype.endswith("/fontTable"):
                    part: Any = relation.target_part
                    part._blob = _FONT_TABLE.encode()

    def _set_up_properties(self, created: datetime, author: str) -> None:
        moment = created.astimezone(UTC).replace(tzinfo=None) if created.tzinfo else created
        properties = self._document.core_properties
        properties.created = properties.modified = moment.replace(microsecond=0)
        properties.author = properties.last_modified_by = _clean(author)
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

    def _page_number(self, paragraph: Paragraph, side: str) -> None:
        """— 1 — one character in from the outer edge."""
        from docx.oxml import parse_xml

        element: Any = paragraph._p
        for xml in _PAGE_NUMBER:
            element.append(parse_xml(xml))
        properties = element.get_or_add_pPr()
        properties.append(parse_xml(f'<w:ind xmlns:w="{_W}" w:{side}Chars="100" w:{side}="280"/>'))
        properties.append(parse_xml(f'<w:jc xmlns:w="{_W}" w:val="{side}"/>'))

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

    def _add(self, style: str, parts: Sequence[Part], *, keep_next: bool = False) -> Paragraph:
        from docx.oxml import parse_xml
        from docx.text.paragraph import Paragraph

        style_id = next(s.id for s in _STYLES if s.name == style)
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
    ) -> None:
        from docx.oxml import parse_xml

        repeat = "<w:tblHeader/>" if is_head else ""
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="E7E7E7"/>' if is_head else ""
        keep = "<w:keepNext/>" if is_head else ""
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
    run.text = _clean(text)
    return run


def read_numbers(path: Path) -> dict[str, str]:
    """Bookmark → text standing in it, as the file has it now; a bookmark that is gone isn't there.

    Raises:
        UserError: the file is no Word document.
    """
    found: dict[str, str] = {}
    for run, open_names in _read_runs(path, found):
        for name in open_names:
            found[name] += _run_text(run)
    return found


def unregistered_digits(path: Path) -> list[str]:
    """Text of every run of the body and its tables that holds a digit, but is neither figure nor label.

    Raises:
        UserError: the file is no Word document.
    """
    labels = _label_styles(path)
    suspicious = []
    for run, open_names in _read_runs(path, {}):
        style = run.find(f"{{{_W}}}rPr/{{{_W}}}rStyle")
        is_label = style is not None and style.get(f"{{{_W}}}val") in labels
        if not open_names and not is_label and _has_digit(_run_text(run)):
            suspicious.append(_run_text(run))
    return suspicious


def _read_runs(path: Path, found: dict[str, str]) -> Iterator[tuple[ElementTree.Element, list[str]]]:
    """Runs in the order of the text with the figures' bookmarks open there; notes each bookmark in `found`."""
    open_names: dict[str, str] = {}
    for element in _member(path, "word/document.xml").iter():
        if element.tag == f"{{{_W}}}bookmarkStart":
            name = element.get(f"{{{_W}}}name", "")
            if _BOOKMARK.fullmatch(name):
                found.setdefault(name, "")
                open_names[element.get(f"{{{_W}}}id", "")] = name
        elif element.tag == f"{{{_W}}}bookmarkEnd":
            open_names.pop(element.get(f"{{{_W}}}id", ""), None)
        elif element.tag == f"{{{_W}}}r":
            yield element, list(open_names.values())


def _run_text(run: ElementTree.Element) -> str:
    marks = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
    texts = []
    for child in run:
        tag = child.tag.removeprefix(f"{{{_W}}}")
        texts.append(child.text or "" if tag == "t" else marks.get(tag, ""))
    return "".join(texts)


def _label_styles(path: Path) -> set[str]:
    """Ids of the label style: an editor may give it a new id, but keeps its name."""
    return {
        style.get(f"{{{_W}}}styleId", "")
        for style in _member(path, "word/styles.xml").iter(f"{{{_W}}}style")
        if (name := style.find(f"{{{_W}}}name")) is not None and name.get(f"{{{_W}}}val") == _LABEL_STYLE
    }


def _member(path: Path, name: str) -> ElementTree.Element:
    try:
        with zipfile.ZipFile(path) as archive:
            return ElementTree.fromstring(archive.read(name))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise UserError(
            f"{path} 不是完好的 Word 文档（.docx），请用 Word 打开后另存为 .docx 再试。"
        ) from error
