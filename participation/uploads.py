"""Files as they arrive: written to disk piece by piece, so that no size of theirs is ever held in memory.

A file that is too large is read to its end and thrown away, for a browser shows no answer before it has sent all.
What somebody called a file is not even looked at.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request

from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.middleware import MAX_STREAMED

MEGABYTE = 1_000_000
MOST_FIELDS, MOST_HEADER = 60, 4_000
PIECE = 1024 * 1024
"""Bytes that wait in memory before they are written."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one form may bring."""

    files: int
    megabytes: int
    """Of one file."""
    field: int = 4_000
    """Bytes of one field that is no file."""

    @property
    def most_file(self) -> int:
        return self.megabytes * MEGABYTE


@dataclass
class Arriving:
    """One part of the form: a file, or a field with a name."""

    limits: Limits
    name: str = ""
    is_named: bool = False
    """Whether somebody chose a file, of whatever name: a browser also sends a part where nothing was chosen."""
    path: Path | None = None
    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    hashed: Any = field(default_factory=hashlib.sha256)

    @property
    def is_over(self) -> bool:
        """Whether it is larger than a file may be: nothing of it lies on disk any more."""
        return self.size > self.limits.most_file

    @property
    def digest(self) -> str:
        return str(self.hashed.hexdigest())


@dataclass
class Received:
    """A form whose files lie on disk, where they stay until somebody takes them."""

    fields: FormData
    files: list[Arriving]
    has_empty: bool = False
    """Whether a file was chosen in which there is nothing."""

    def discard(self) -> None:
        """Removes what nobody took."""
        for each in self.files:
            if each.path is not None:
                each.path.unlink(missing_ok=True)


async def receive(request: Request, folder: Path, limits: Limits) -> Received:
    """The whole form, its files below `folder`. Invalid, with nothing kept, where it is none or has too many files."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise unreadable()
    taking, whole = _Taking(folder, limits), False
    parser = MultipartParser(options[b"boundary"], taking.callbacks())  # type: ignore[arg-type]
    try:
        async for piece in request.stream():
            parser.write(piece)
            if taking.is_full_with(len(piece)):
                await run_in_threadpool(taking.write)
        parser.finalize()
        await run_in_threadpool(taking.write)
        whole = True
    except FormParserError as error:
        raise unreadable() from error
    finally:
        taking.close()
        if not whole:  # also where a browser went away: no half of a file stays
            taking.received().discard()
    return taking.received()


def unreadable() -> Invalid:
    """What is said of a form that brings no whole files."""
    return Invalid(
        _("The files did not arrive whole. Nothing of them was kept."), _("Go back and send them once more.")
    )


class _Taking:
    """What the parser tells, part by part."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.parts: list[Arriving] = []
        self.pending: list[tuple[Arriving, bytes]] = []
        self.waiting = self.total = 0
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._disposition = b""
        self._out: BinaryIO | None = None
        self._open: Arriving | None = None

    def callbacks(self) -> dict[str, Any]:
        names = ("part_begin", "header_field", "header_value", "header_end", "headers_finished", "part_data")
        return {f"on_{name}": getattr(self, name) for name in names}

    def is_full_with(self, arrived: int) -> bool:
        """Whether it is time to write, after so many bytes more. Invalid beyond what one form may bring."""
        self.total += arrived
        if self.total > MAX_STREAMED:
            raise unreadable()
        return self.waiting > PIECE

    def part_begin(self) -> None:
        self.parts.append(Arriving(self.limits))
        self._disposition = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = name + data[start:end], value

    def header_value(self, data: bytes, start: int, end: int) -> None:
        name, value = self._header
        self._header = name, value + data[start:end]
        if len(value) > MOST_HEADER:
            raise unreadable()

    def header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = (b"", b"")

    def headers_finished(self) -> None:
        _kind, options = parse_options_header(self._disposition)
        part = self.parts[-1]
        part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            part.path, part.is_named = self.folder / secrets.token_hex(16), bool(options[b"filename"])
        self._check_number()

    def _check_number(self) -> None:
        files = sum(each.path is not None for each in self.parts)
        if files > self.limits.files:
            raise Invalid(
                _("More than %(most)s files were sent at once. Nothing of them was kept.", most=self.limits.files),
                _("Send them in several goes."),
            )
        if len(self.parts) - files > MOST_FIELDS:
            raise unreadable()

    def part_data(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        if part.path is None:
            part.data += data[start:end]
            if len(part.data) > self.limits.field or b"\0" in data[start:end]:  # nobody types NUL
                raise unreadable()
            return
        part.size += end - start
        if not part.is_over:
            self.pending.append((part, data[start:end]))
            self.waiting += end - start

    def write(self) -> None:
        """Puts on disk what waits. A file that grew too large is gone at once."""
        for part, piece in self.pending:
            if part.is_over:
                continue
            part.hashed.update(piece)
            self._file_of(part).write(piece)
        self.pending, self.waiting = [], 0
        self.close()
        for part in self.parts:
            if part.path is not None and part.is_over:
                part.path.unlink(missing_ok=True)

    def _file_of(self, part: Arriving) -> BinaryIO:
        if self._open is not part:
            self.close()
            assert part.path is not None
            self._out, self._open = part.path.open("ab"), part
        assert self._out is not None
        return self._out

    def close(self) -> None:
        if self._out is not None:
            with suppress(OSError):
                self._out.close()
        self._out = self._open = None

    def received(self) -> Received:
        """An empty file is none, but one that was chosen is told of."""
        fields = {each.name: each.data.decode("utf-8", "replace") for each in self.parts if each.path is None}
        files = [each for each in self.parts if each.path is not None]
        has_empty = any(each.is_named and not each.size for each in files)
        return Received(FormData(fields), [each for each in files if each.size], has_empty)
