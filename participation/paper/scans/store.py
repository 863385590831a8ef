"""Where files of scans lie: outside the database, under random names, gone at their date."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path

from participation.files import write_whole
from participation.settings import Settings

FOLDER = "scans"
ARRIVING = "arriving"
_PICTURE, _CROP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of one scan."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings, session_id: uuid.UUID) -> Store:
        return cls(settings.files_dir / FOLDER / str(session_id))

    def file(self, file_id: uuid.UUID) -> Path:
        """What somebody brought: nobody but the limited child opens it."""
        return self.folder / f"{file_id}.file"

    def picture(self, page_id: uuid.UUID) -> Path:
        return self.folder / f"{page_id}.jpg"

    def crop(self, page_id: uuid.UUID, number: int) -> Path:
        return self.folder / f"{page_id}.{number}.png"

    def take(self, arrived: Path, file_id: uuid.UUID) -> None:
        """Puts a file that has arrived whole into its place."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        arrived.replace(self.file(file_id))

    def keep_picture(self, page_id: uuid.UUID, data: bytes) -> bool:
        """Whether the child really made a picture; what is none is not kept."""
        if data.startswith(_PICTURE):
            write_whole(self.picture(page_id), data)
        return data.startswith(_PICTURE)

    def keep_crop(self, page_id: uuid.UUID, number: int, data: bytes) -> None:
        if data.startswith(_CROP):
            write_whole(self.crop(page_id, number), data)

    def drop_page(self, page_id: uuid.UUID) -> None:
        for path in self.folder.glob(f"{page_id}.*"):
            path.unlink(missing_ok=True)

    def drop_file(self, file_id: uuid.UUID) -> None:
        self.file(file_id).unlink(missing_ok=True)

    def drop(self) -> None:
        """Everything of this scan."""
        shutil.rmtree(self.folder, ignore_errors=True)


def arriving(settings: Settings) -> Path:
    """Where files lie while they arrive. What stays there belongs to a request that never ended."""
    folder = settings.files_dir / FOLDER / ARRIVING
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
