"""Files to keep, as answers."""

from __future__ import annotations

from fastapi.responses import Response


def download(content: bytes, name: str, kind: str) -> Response:
    """The content as an attachment that no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=kind, headers=headers)
