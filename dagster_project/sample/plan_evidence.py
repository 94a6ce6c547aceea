"""Documents that the plan's returns name as evidence: small files that say that they are synthetic.

A few are named and were never handed in; the ledger has to refuse what rests on them.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH
from dagster_project.sample.district import DISTRICT_NAME, Row

#: Folder of evidence beside the returns of a year.
FOLDER = "佐证"
#: Named in a return, but never handed in.
NEVER_HANDED_IN = ("措施18.2_两个清单", "节点04_普惠性民办园扶持办法")
_EXTENSIONS = ("txt", "pdf", "png")


@dataclass(frozen=True)
class Document:
    """One file of evidence; `stem` is its name without extension."""

    stem: str

    @property
    def file_name(self) -> str:
        return f"{self.stem}.{_EXTENSIONS[sum(map(ord, self.stem)) % len(_EXTENSIONS)]}"

    @property
    def content(self) -> bytes:
        title = f"{DISTRICT_NAME} {self.stem}（{SYNTHETIC_ZH}）"
        write = {"txt": _text, "pdf": _portable_document, "png": _picture}[self.file_name[-3:]]
        return write(title)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def evidence(stems: Iterable[str], *, with_extension: bool = False) -> Row:
    """What a return says of its documents: their names, and the hash where it names a single one."""
    documents = [Document(stem) for stem in stems]
    names = [d.file_name if with_extension else d.stem for d in documents]
    return {
        "evidence_zh": "、".join(names),
        "evidence_sha256": documents[0].sha256 if len(documents) == 1 else None,
    }


def handed_in(rows: Iterable[Row]) -> list[Document]:
    """Documents named in rows of returns, by name; those never handed in left out."""
    stems = set()
    for row in rows:
        for name in (row.get("evidence_zh") or "").split("、"):
            for extension in _EXTENSIONS:
                name = name.removesuffix(f".{extension}")
            stems.add(name)
    return [Document(stem) for stem in sorted(stems - {"", *NEVER_HANDED_IN})]


def _text(title: str) -> bytes:
    return f"{title}\n本文件为合成示例，不对应任何真实单位、人员或文件。\n".encode()


def _portable_document(title: str) -> bytes:
    heading = ("\ufeff" + title).encode("utf-16-be").hex().upper()
    page = b"BT /F1 14 Tf 60 760 Td (Synthetic sample. No real document.) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Title<{heading}>>>".encode(),
    )
    content = f"%PDF-1.4\n% {title}\n".encode()
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return content + trailer % (len(objects) + 1, start)


def _picture(title: str) -> bytes:
    side = 16
    shade = sum(map(ord, title)) % 200
    lines = b"".join(b"\0" + bytes((shade + x + y) % 256 for x in range(side)) for y in range(side))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)),
        (b"iTXt", b"Title\0\0\0\0\0" + title.encode()),
        (b"IDAT", zlib.compress(lines, 0)),
        (b"IEND", b""),
    )
    parts = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
