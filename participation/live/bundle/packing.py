"""The file of a bundle: written so that the same meeting gives the same bytes, read as what anybody may have sent."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from participation.counting.ledger import canonical_json
from participation.errors import Invalid, Message
from participation.i18n import lazy as _
from participation.live.bundle.shapes import FORMAT, MANY, VERSION, Bundle
from participation.register.identity import grouped, is_code, normalise_code, with_check
from participation.register.keys import RECEIPT_ALPHABET

ENTRY = "meeting.json"
LARGEST = 64_000_000
"""Bytes of `meeting.json`: a hall of ten thousand telephones and ten polls has three quarters of it."""
LARGEST_FILE = 40
"""Megabytes of the file, which holds little else than digests."""
MOST_MARKS = 4_000_000
"""Signs that begin or part values: each may cost a hundred bytes of memory. That hall has three million."""
MARKS = (b",", b":", b"[", b"{")
MOST_KEYS = 100
"""Names in one object: a row has a quarter of it."""
MOST_VALUES = 10_000
"""Values in one row: an agenda of three hundred points has six thousand."""
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The one character that PostgreSQL refuses to store, as JSON writes it."""
END = struct.Struct("<4sHHHHLLH")
LONG_END = struct.Struct("<4sLQL")
"""How a ZIP file ends (APPNOTE 4.3.16), and what stands before that in one of more than 65,535 entries (4.3.15)."""
LARGEST_DIRECTORY = 1_000
SIGNS = 16
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others ask for memory as the file says."""
ALWAYS = (1980, 1, 1, 0, 0, 0)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises on a file that is none, is cut off, is locked, or was changed on its way."""
MAKE_AGAIN = _(
    "Make the bundle again on the laptop. If this comes back, keep the file for whoever looks after the system."
)
COPY_AGAIN = _("Copy the file from the laptop once more, or make the bundle there again.")


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle as a file, and the number by which somebody recognises it."""

    data: bytes
    control: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in a file, sound in its form; whether it fits together is another question (`soundness`)."""

    bundle: Bundle
    control: str


def control_number(text: bytes) -> str:
    """Fifteen signs of the digest and one that shows a misreading."""
    digest = int.from_bytes(sha256(text).digest()[:10]) >> 5
    signs = (RECEIPT_ALPHABET[digest >> 5 * place & 31] for place in reversed(range(SIGNS - 1)))
    return with_check("".join(signs))


def pack(bundle: Bundle) -> Packed:
    text = canonical_json(bundle.model_dump(mode="json")).encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(ENTRY, ALWAYS), text, zipfile.ZIP_DEFLATED)
    return Packed(out.getvalue(), grouped(control_number(text)))


def open_bundle(file: Path | BinaryIO, typed_number: str) -> Opened:
    """What the file holds. Invalid, in words, where it is none, is damaged, or is not the one with this number."""
    number = read_number(typed_number)
    text = _text_of(file)
    found = control_number(text)
    bundle = _parsed(text)
    if found != number:
        raise Invalid(
            _("This is not the file for which this control number was shown. Nothing was kept."),
            _("Read the number on the laptop again: it changes with each correction there. Then copy the file anew."),
        )
    return Opened(bundle, grouped(found))


def read_number(typed: str) -> str:
    """The control number however it was grouped. Invalid where a sign was misread."""
    number = normalise_code(typed)[: SIGNS + 1]
    if not is_code(number, SIGNS):
        raise Invalid(
            _("This control number was misread: it has 16 letters and digits. Nothing was kept."),
            _("Type it as the page of the bundle on the laptop shows it."),
        )
    return number


def _text_of(file: Path | BinaryIO) -> bytes:
    try:
        if isinstance(file, Path):
            with file.open("rb") as opened:
                return _text_in(opened)
        return _text_in(file)
    except BROKEN as error:
        raise Invalid(_("This file is damaged, or did not arrive whole. Nothing was kept."), COPY_AGAIN) from error


def _text_in(file: BinaryIO) -> bytes:
    _refuse_many(file)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if [entry.filename for entry in entries] != [ENTRY] or entries[0].compress_type not in METHODS:
            raise _not_one()
        if entries[0].file_size > LARGEST:
            raise too_large()
        with archive.open(entries[0]) as content:
            text = content.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise too_large()
    return text


def _refuse_many(file: BinaryIO) -> None:
    """Before `zipfile` reads a directory of whatever size its end says, with an object for each entry."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LONG_END.size - END.size))
    tail = file.read()
    mark, *_disks, entries, directory, _start, comment = END.unpack(tail[-END.size :].rjust(END.size))
    if mark != b"PK\5\6" or comment:
        raise zipfile.BadZipFile
    if entries != 1 or directory > LARGEST_DIRECTORY or tail.startswith(b"PK\6\7"):
        raise _not_one()


def too_large() -> Invalid:
    return Invalid(
        _("This file is larger than the bundle of any meeting. Nothing was kept."),
        _("Choose the file whose name begins with “meeting”."),
    )


def _not_one() -> Invalid:
    return Invalid(
        _("This file is not the bundle of a meeting. Nothing was kept."),
        _("Choose the file whose name begins with “meeting”."),
    )


def _parsed(text: bytes) -> Bundle:
    if sum(map(text.count, MARKS)) > MOST_MARKS:
        raise too_large()
    _refuse_shapeless(text)
    if NUL.search(text):
        raise forged(_("a text in it holds a sign that nobody types"))
    try:
        return Bundle.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise _not_as_it_must_be(where) from error


def _refuse_shapeless(text: bytes) -> None:
    """Read apart from the rest, so that what it took is free again. Each complaint about a bundle comes with a copy of
    what it is about: so this has its parts, and no row of them is out of all proportion, before anything complains."""
    try:
        content = json.loads(text, object_pairs_hook=_narrow)
    except (ValueError, RecursionError) as error:
        raise _not_one() from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _not_one()
    if content.get("version") != VERSION:
        raise Invalid(
            _("This bundle was made by another version of the program. Nothing was kept."),
            _("Bring both to the same version, then make the bundle again."),
        )
    for name in content.keys() ^ Bundle.model_fields.keys():
        raise _not_as_it_must_be(name)
    for name, part in content.items():
        rows = part if isinstance(part, list) else [part]
        if len(rows) > MANY or any(_values(row) > MOST_VALUES for row in rows if isinstance(row, list | dict)):
            raise _not_as_it_must_be(name)


def _narrow(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, which is none of ours where it is wide: each name in it would be a complaint of its own."""
    if len(pairs) > MOST_KEYS:
        raise ValueError
    return dict(pairs)


def _values(row: list[Any] | dict[str, Any]) -> int:
    """How many values are in it, at any depth."""
    number, left = 0, [row]
    while left:
        value = left.pop()
        inside = value if isinstance(value, list) else list(value.values())
        number += len(inside)
        left += [each for each in inside if isinstance(each, list | dict)]
    return number


def _not_as_it_must_be(where: str) -> Invalid:
    return forged(_("part “%(where)s” is not as it must be", where=where[:100]))


def forged(what: Message) -> Invalid:
    """What is said of a bundle that arrived whole and does not fit together."""
    return Invalid(
        _("What is in this bundle does not fit together: %(what)s. Nothing was kept.", what=what),
        MAKE_AGAIN,
    )
