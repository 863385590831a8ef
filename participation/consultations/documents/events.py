"""What is done to the documentation file, as typed events."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentSectionNamed:
    section: int


@dataclass(frozen=True, slots=True)
class DocumentAdded:
    document_id: uuid.UUID
    document: str


@dataclass(frozen=True, slots=True)
class DocumentEdited:
    """`before` is its former number where that changed."""

    document_id: uuid.UUID
    document: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class DocumentVersionAdded:
    document_id: uuid.UUID
    document: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class DocumentVersionRefused:
    """The file is not shown to the public; `fault` is a value of extraction.Fault."""

    document_id: uuid.UUID
    document: str
    version: int
    fault: str


@dataclass(frozen=True, slots=True)
class DocumentWithdrawn:
    """The reason is published at the document's address."""

    document_id: uuid.UUID
    document: str


@dataclass(frozen=True, slots=True)
class DocumentPutBack:
    document_id: uuid.UUID
    document: str


@dataclass(frozen=True, slots=True)
class DocumentCopyDelivered:
    document_id: uuid.UUID
    document: str
    version: int
    place_id: uuid.UUID
