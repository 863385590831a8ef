"""Files that people bring: told by their bytes, bounded, kept once, swept when nobody needs them, served harmlessly."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from participation.db import Database
from participation.errors import Invalid, NotFound
from participation.files import DOCUMENTS, MIME, TEXTS, Files, MediaType, drop_file, kept_file, serve, sweep_files
from participation.settings import Settings
from tests.builders import NOON

PDF = b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"IEND\xaeB`\x82"


def archive(*parts: tuple[str, bytes], packed: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as found:
        for name, data in parts:
            found.writestr(name, data)
    return out.getvalue()


DOCX = archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
ODT = archive(("mimetype", MIME[MediaType.ODT].encode()), ("content.xml", b"<o/>"), packed=False)
KNOWN: dict[bytes, MediaType] = {
    PDF: MediaType.PDF,
    PNG: MediaType.PNG,
    b"\xff\xd8\xff\xe0 jfif \xff\xd9": MediaType.JPEG,
    b"RIFF\x08\0\0\0WEBPVP8 ": MediaType.WEBP,
    DOCX: MediaType.DOCX,
    ODT: MediaType.ODT,
    "Un mémoire 😀\r\n".encode() * 100_000: MediaType.TEXT,
}
REFUSED: dict[str, bytes] = {
    "empty": b"",
    "cut": PDF[:60],
    "cut picture": PNG[:20],
    "program": b"\x7fELF\x02\x01\x01\0",
    "windows": b"MZ\x90\0",
    "latin-1": "Québec".encode("latin-1"),
    "half a letter": "é".encode()[:1],
    "archive": archive(("a.txt", b"a")),
    "macros": archive(("[Content_Types].xml", b""), ("word/document.xml", b""), ("word/vbaProject.bin", b"x")),
    "bomb": archive(("[Content_Types].xml", b""), ("word/document.xml", b"\0" * 2_000_000)),
    "many": archive(*((f"{n}", b"") for n in range(5_001)), ("[Content_Types].xml", b""), ("word/document.xml", b"")),
    "torn archive": DOCX[:-10],
}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(Settings(secret_key="x" * 40, files_dir=tmp_path))  # type: ignore[arg-type]


def test_a_file_is_told_by_its_bytes(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("participation.files.MOST_UNPACKED", 1_000_000)
    for data, kind in KNOWN.items():
        stored = files.put(io.BytesIO(data), TEXTS, most=10_000_000)
        assert (stored.media_type, stored.size) == (kind, len(data))
        assert files.path(stored.digest).read_bytes() == data
        assert files.path(stored.digest).stat().st_mode & 0o077 == 0
    assert files.put(io.BytesIO(PDF), DOCUMENTS, most=1_000) == files.put(io.BytesIO(PDF), DOCUMENTS, most=1_000)
    for name, data in REFUSED.items():
        with pytest.raises(Invalid, match="damaged"):
            files.put(io.BytesIO(data), TEXTS, most=10_000_000)
        assert name
    with pytest.raises(Invalid, match="another kind"):
        files.put(io.BytesIO(DOCX), DOCUMENTS, most=1_000_000)
    with pytest.raises(Invalid, match="larger"):
        files.put(io.BytesIO(PDF), TEXTS, most=50)
    assert len(list(files.home.glob("??/*"))) == len(KNOWN)
    assert not list(files.arriving().iterdir()), "nothing of what was refused stays"


def test_bytes_go_when_their_last_use_ends(settings: Settings, database: Database) -> None:
    files = Files(settings)
    twice, dated, orphan = (
        files.put(io.BytesIO(PDF + name), DOCUMENTS, most=1_000) for name in (b"1%%EOF", b"2%%EOF", b"3%%EOF")
    )
    rows = [kept_file(twice), kept_file(twice), kept_file(dated, until=NOON.date())]
    with database.writing() as session:
        session.add_all(rows)
        session.flush()
        first, second = rows[0].id, rows[1].id
        drop_file(session, first, NOON)

    def kept() -> set[str]:
        return {path.name for path in files.home.glob("??/*")}

    (files.arriving() / "half").write_bytes(b"of a request that never ended")
    sweep_files(database, settings, NOON)
    assert kept() == {twice.digest, dated.digest, orphan.digest}, "nothing younger than a day is swept"
    for path in files.home.rglob("*"):
        os.utime(path, (0, 0))
    assert sweep_files(database, settings, NOON + timedelta(days=2)) == 3
    assert kept() == {twice.digest}
    with database.writing() as session:
        drop_file(session, second, NOON)
    assert sweep_files(database, settings, NOON + timedelta(days=2)) == 1
    assert kept() == set()


def test_downloads_cannot_do_harm(files: Files) -> None:
    pdf, docx = (files.put(io.BytesIO(data), TEXTS, most=1_000_000) for data in (PDF, DOCX))
    saved = serve(files, kept_file(docx), '3.2 Étude "de" circulation', in_place=True)
    assert saved.headers["content-disposition"].startswith('attachment; filename="3.2 _tude _de_ circulation.docx"')
    assert "filename*=UTF-8''3.2%20%C3%89tude" in saved.headers["content-disposition"]
    assert saved.headers["content-security-policy"].startswith("sandbox")
    shown = serve(files, kept_file(pdf), "3.2", in_place=True)
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["content-type"] == "application/pdf"
    assert TestClient(shown).get("/", headers={"range": "bytes=0-3"}).content == b"%PDF"
    gone = kept_file(pdf)
    gone.dropped_at = NOON
    with pytest.raises(NotFound):
        serve(files, gone, "3.2")
