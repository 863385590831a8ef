"""Files to keep, as answers; and a shelf of those that anybody may take, so that each is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from fastapi import Request
from fastapi.responses import Response

MOST_BYTES = 64 * 1024 * 1024
"""What the shelf of a process holds at most; a larger file is made for each who asks."""


@dataclass(frozen=True, slots=True)
class File:
    """A file's content, and the tag by which a browser that has it already is told so."""

    content: bytes
    etag: str


class Shelf:
    """Files by what they were made from, those least asked for taken away first. One is made at a time."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[tuple[str, ...], File] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, made_from: tuple[str, ...], make: Callable[[], bytes]) -> File:
        """The file, made now if it is not there. An error of `make` passes through, and nothing is kept."""
        with self._lock:
            if made_from in self._files:
                self._files.move_to_end(made_from)
                return self._files[made_from]
            content = make()
            found = File(content, f'W/"{sha256(content).hexdigest()[:32]}"')
            self._files[made_from] = found
            while self.bytes > self._most_bytes:
                self._files.popitem(last=False)
            return found

    @property
    def bytes(self) -> int:
        return sum(len(file.content) for file in self._files.values())


_PUBLIC = Shelf()


def public_download(
    request: Request, name: str, kind: str, made_from: tuple[str, ...], make: Callable[[], bytes]
) -> Response:
    """A file of a certified result, which anybody may take: from the shelf, or 304 for whoever has it.

    `made_from` is everything that its content depends on. Only for what is public: the shelf asks nobody who they are.
    """
    file = _PUBLIC.take((name, *made_from), make)
    headers = {"Cache-Control": "public, max-age=60", "ETag": file.etag}
    if _has_it(request.headers.get("if-none-match", ""), file.etag):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=kind, headers={**headers, **_attached(name)})


def _has_it(asked: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: any of the tags named, compared weakly."""
    return etag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in asked.split(",")]


def download(content: bytes, name: str, kind: str) -> Response:
    """The content as an attachment that no cache keeps."""
    return Response(content, media_type=kind, headers={**_attached(name), "Cache-Control": "no-store"})


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
