"""Files that people bring and others fetch: kept outside the database, named by what is in them.

    stored = Files(settings).take(arrived.path, DOCUMENTS)      before the transaction: the bytes are on disk first
    session.add(kept_file(stored, until=None))                  in it: a row says that somebody needs them

What no row needs is swept by the worker once it is a day old; what has a date goes at that date. A file is told by its
bytes, never by its name or by what a browser calls it. Nothing of it is opened here but its first bytes and the list of
what an office document holds (`confined.py` is where strangers' files are opened).
"""

import fcntl
import hashlib
import os
import secrets
import time
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote
from uuid import UUID

from fastapi.responses import FileResponse, Response
from sqlalchemy import select, update
from sqlmodel import Field, Session, SQLModel, col

from participation.db import Database, Instant, choice, new_id
from participation.errors import Invalid, Message, NotFound
from participation.i18n import lazy as _
from participation.settings import Settings

FOLDER = "stored"
ARRIVING = "arriving"
FORGOTTEN = 24 * 3600
"""Seconds after which what nobody refers to is swept: until then its transaction may still be on its way."""
PIECE = 1024 * 1024
_PHOTOGRAPHS = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"})
MOST_ENTRIES = 5_000
MOST_UNPACKED = 500_000_000
"""Parts of an office document, and their bytes once unpacked, as it declares them."""
_END_OF_ZIP, _MOST_DIRECTORY = b"PK\x05\x06", 2_000_000


class MediaType(StrEnum):
    """What a file may be, as told by its bytes; the value is the end of its name."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    DOCX = "docx"
    ODT = "odt"
    TEXT = "txt"

    @property
    def words(self) -> str:
        """As it is shown beside a size, the same in every language."""
        return self.value.upper()


MIME = {
    MediaType.PDF: "application/pdf",
    MediaType.PNG: "image/png",
    MediaType.JPEG: "image/jpeg",
    MediaType.WEBP: "image/webp",
    MediaType.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    MediaType.ODT: "application/vnd.oasis.opendocument.text",
    MediaType.TEXT: "text/plain; charset=utf-8",
}
DOCUMENTS = frozenset({MediaType.PDF, MediaType.PNG, MediaType.JPEG, MediaType.WEBP})
TEXTS = DOCUMENTS | {MediaType.DOCX, MediaType.ODT, MediaType.TEXT}
SHOWN_IN_PLACE = frozenset({MediaType.PDF, MediaType.PNG, MediaType.JPEG, MediaType.WEBP})
"""What a browser may show itself. Everything else is only ever saved."""


class StoredFile(SQLModel, table=True):
    """One use of some bytes. Two uses of the same bytes are two rows and one file."""

    __tablename__ = "stored_file"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    digest: str = Field(max_length=64, index=True)
    """SHA-256 of the bytes; also where they lie."""
    size: int
    """Bytes."""
    media_type: MediaType = Field(sa_type=choice(MediaType))
    keep_until: date | None = Field(default=None, index=True)
    """The last day on which it is kept; None as long as its owner does not drop it."""
    dropped_at: datetime | None = Field(default=None, sa_type=Instant)


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are on disk."""

    digest: str
    size: int
    media_type: MediaType


def kept_file(stored: Stored, *, until: date | None = None) -> StoredFile:
    """The row by which somebody needs these bytes, until a day or for good."""
    return StoredFile(digest=stored.digest, size=stored.size, media_type=stored.media_type, keep_until=until)


def drop_file(session: Session, file_id: UUID, at: datetime) -> None:
    """This use ends; the sweep removes the bytes where it was the last one."""
    session.execute(update(StoredFile).where(col(StoredFile.id) == file_id).values(dropped_at=at))


def drop_use(session: Session, digest: str, at: datetime) -> None:
    """One use of these bytes ends, whichever: for owners that know their files by what is in them."""
    one = select(col(StoredFile.id)).where(col(StoredFile.digest) == digest, col(StoredFile.dropped_at).is_(None))
    if file_id := session.execute(one.limit(1)).scalar():
        drop_file(session, file_id, at)


class Files:
    """The folder of stored files."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.files_dir / FOLDER

    def arriving(self) -> Path:
        """Where files lie while they arrive. What stays there belongs to a request that never ended."""
        folder = self.home / ARRIVING
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def path(self, digest: str) -> Path:
        return self.home / digest[:2] / digest

    def put(self, stream: BinaryIO, allowed: Collection[MediaType], *, most: int) -> Stored:
        """Keeps what the stream gives, read piece by piece. Invalid, with nothing kept, where it is longer than `most`
        bytes or no file of an allowed kind."""
        path = self.arriving() / secrets.token_hex(16)
        size = 0
        try:
            with path.open("wb") as out:
                while piece := stream.read(PIECE):
                    size += len(piece)
                    if size > most:
                        raise too_large(most)
                    out.write(piece)
            return self.take(path, allowed)
        finally:
            path.unlink(missing_ok=True)

    def take(self, arrived: Path, allowed: Collection[MediaType]) -> Stored:
        """Keeps a file that has arrived whole; it lies elsewhere then. Invalid where it is of no allowed kind, and then
        it stays where it is."""
        media_type = media_type_of(arrived)
        if media_type is None or media_type not in allowed:
            raise wrong_kind(allowed, arrived)
        digest, size = _digest_of(arrived)
        place = self.path(digest)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        arrived.chmod(0o600)
        with self._turn():  # also where it lies there already: its age begins anew
            os.utime(arrived)
            arrived.replace(place)
        return Stored(digest, size, media_type)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """No file is swept while the same bytes are put there again."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.home / "turn").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def sweep(self, needed: Collection[str]) -> int:
        """Removes what is older than a day, by the clock of the disk, and not needed; how many files."""
        before, gone = time.time() - FORGOTTEN, 0
        for path in [*self.home.glob("??/*"), *(self.home / ARRIVING).glob("*")]:
            with self._turn():
                if path.name not in needed and path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone


def sweep_files(database: Database, settings: Settings, at: datetime) -> int:
    """The worker's daily step: ends the uses whose date is over, then removes the bytes that no use needs."""
    over = (col(StoredFile.keep_until) < at.date()) & col(StoredFile.dropped_at).is_(None)
    with database.writing() as session:
        session.execute(update(StoredFile).where(over).values(dropped_at=at))
    with database.reading() as session:
        needed = set(
            session.execute(select(col(StoredFile.digest)).where(col(StoredFile.dropped_at).is_(None))).scalars()
        )
    return Files(settings).sweep(needed)


def serve(files: Files, file: StoredFile, name: str, *, in_place: bool = False, kept: str = "no-store") -> Response:
    """The file as a download called `name` and the suffix of its kind; `in_place`, a kind that browsers show is shown.

    NotFound where its date is over. `kept` is its Cache-Control. A download is in a sandbox of its own, should a
    browser open it all the same; the site's other headers are there as everywhere. What is shown in place has no
    sandbox, for not every browser's PDF reader works in one: `nosniff` and the site's own policy hold it.
    """
    path = files.path(file.digest)
    if file.dropped_at is not None or not path.is_file():
        raise NotFound(_("This file was destroyed at its date, or never kept."))
    shown = in_place and file.media_type in SHOWN_IN_PLACE
    full = f"{name}.{file.media_type.value}"
    plain = full.encode("ascii", "replace").decode().translate(str.maketrans('?"\\', "___"))
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}",
        "Cache-Control": kept,
        "ETag": f'"{file.digest}"',
    }
    if not shown:
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return FileResponse(path, media_type=MIME[file.media_type], headers=headers)


def too_large(most: int) -> Invalid:
    return Invalid(
        _("The file is larger than %(most)s megabytes. Nothing of it was kept.", most=most // 1_000_000),
        _("Save it smaller, for example with pictures of a lower resolution, or divide it."),
    )


def wrong_kind(allowed: Collection[MediaType], arrived: Path) -> Invalid:
    words = ", ".join(kind.words for kind in MediaType if kind in allowed)
    return Invalid(
        _("This file is damaged or of another kind than %(kinds)s. Nothing of it was kept.", kinds=words),
        _what_it_seems(arrived) or _("Open it on your computer, save it again as one of these and send that file."),
    )


def _what_it_seems(path: Path) -> Message | None:
    """What to do with a file as it often comes, told by its first bytes; None for anything else."""
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # [MS-CFB] 2.2
        return _("It has a password, or comes from an old office program. Take the password away, or save it as PDF.")
    if head[4:8] == b"ftyp" and head[8:12] in _PHOTOGRAPHS:  # ISO/IEC 23008-12, 10.2
        return _("It seems to be a photograph of a telephone (HEIC): send it as JPEG, or print it to PDF.")
    if b"%PDF-" in head:
        return _("It begins as a PDF but does not end: it was cut off on its way. Save it again and send that file.")
    return None


def media_type_of(path: Path) -> MediaType | None:
    """What the bytes are; None for anything else, and for a file that was cut off."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - 4096))
        tail = file.read()
    if b"%PDF-" in head:
        return MediaType.PDF if b"%%EOF" in tail else None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG if b"IEND" in tail else None
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG if b"\xff\xd9" in tail else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP if int.from_bytes(head[4:8], "little") + 8 <= size else None
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return MediaType.TEXT if head and _is_text(path) else None


def _is_text(path: Path) -> bool:
    """Whether the whole file is UTF-8 that holds none of the characters that only programs write."""
    held = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            held += piece
            text = held.decode("utf-8", "ignore")
            held = held[len(text.encode()) :]
            if len(held) > 3 or any(letter < " " and letter not in "\n\r\t\f" for letter in text):
                return False
    return not held


def _office(path: Path) -> MediaType | None:
    """A text of an office program, by the list of its parts alone. None where it holds a program, is locked, is another
    kind of archive, or declares more than anybody writes."""
    try:
        parts = _parts(path)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return None
    names = {part.filename for part in parts}
    total = sum(part.file_size for part in parts)
    macros = any(name.endswith("vbaProject.bin") or name.startswith("Basic/") for name in names)
    if macros or total > MOST_UNPACKED or any(part.flag_bits & 1 for part in parts):
        return None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return MediaType.DOCX
    if {"mimetype", "content.xml"} <= names and _begins_as(path, MediaType.ODT):
        return MediaType.ODT
    return None


def _parts(path: Path) -> list[zipfile.ZipInfo]:
    """The list of an archive, if it is short enough to be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
    end = tail.rfind(_END_OF_ZIP)
    count, length = (int.from_bytes(tail[end + at : end + at + n], "little") for at, n in ((10, 2), (12, 4)))
    if end < 0 or count > MOST_ENTRIES or length > _MOST_DIRECTORY:
        return []
    with zipfile.ZipFile(path) as archive:
        return archive.infolist()


def _begins_as(path: Path, kind: MediaType) -> bool:
    """Whether the first part, which is not packed, names this kind (OpenDocument 1.3, part 2, 3.3)."""
    with path.open("rb") as file:
        return MIME[kind].encode() in file.read(200)


def _digest_of(path: Path) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            hashed.update(piece)
            size += len(piece)
        os.fsync(file.fileno())
    return hashed.hexdigest(), size


def write_whole(path: Path, data: bytes) -> None:
    """A file that is whole or not there: what a killed worker leaves is never taken for finished. Readable by the owner
    only."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".unfinished")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
