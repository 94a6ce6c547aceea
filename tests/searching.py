"""Looks for texts in everything that was written: files, their names, packed parts, and the values of tables."""

from __future__ import annotations

import html
import io
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

_ENCODINGS = ("utf-8", "gb18030", "utf-16-le")


def found_in(folders: Iterable[Path], secrets: Iterable[str]) -> set[tuple[str, str]]:
    """File and text of each secret that is anywhere in the folders.

    Archives and workbooks are opened, also within each other; of Parquet files and DuckDB databases the values are read.
    """
    wanted = [(s, {s.encode(e) for e in _ENCODINGS}) for s in secrets]
    found = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            pieces = [str(path).encode(), *(_pieces(path) if path.is_file() else ())]
            found |= {
                (str(path), s)
                for s, forms in wanted
                if any(form in piece for piece in pieces for form in forms)
            }
    return found


def _pieces(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield from _opened(content)
    if content[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as con:
            names = con.execute(
                "select database_name, schema_name, table_name from duckdb_tables()"
            ).fetchall()
            for name in names:
                quoted = ".".join(f'"{part}"' for part in name)
                yield repr(con.execute(f"select * from {quoted}").fetchall()).encode()


def _opened(content: bytes) -> Iterator[bytes]:
    """The bytes, and those of what is packed in them."""
    yield content
    if b"&#" in content:  # letters of XML may be written as numbers
        yield html.unescape(content.decode("utf-8", errors="ignore")).encode()
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                yield part.filename.encode()
                yield from _opened(archive.read(part))
    elif content[:2] == b"\x1f\x8b":
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream:
                    yield from _opened(stream.read())
    elif content[:4] == b"PAR1":
        yield repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
