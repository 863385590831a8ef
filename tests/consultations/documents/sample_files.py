"""PDFs for tests, written here: with words on their pages, and with what nobody should have to open."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String


def pdf(pages: Sequence[str], **extra: object) -> bytes:
    """A PDF with one line of words on each page (letters of Latin-1)."""
    document = Pdf.new()
    for words in pages:
        document.add_blank_page(page_size=(612, 792))
        page = document.pages[-1]
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        shown = words.encode("cp1252").replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
        page.Contents = document.make_stream(b"BT /F1 12 Tf 72 700 Td (" + shown + b") Tj ET")
    return saved(document, **extra)


def saved(document: Pdf, **extra: object) -> bytes:
    out = io.BytesIO()
    document.save(out, deterministic_id="encryption" not in extra, **extra)  # type: ignore[arg-type]
    return out.getvalue()


def locked() -> bytes:
    return pdf(["secret"], encryption=pikepdf.Encryption(owner="owner", user="user"))


def with_script(*, packed: bool) -> bytes:
    """It runs a script when it is opened; `packed`, the script's name lies in a compressed list of objects."""
    document = Pdf.open(io.BytesIO(pdf(["harmless"])))
    document.Root.OpenAction = document.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    return saved(document, object_stream_mode=mode)


def with_launch() -> bytes:
    document = Pdf.open(io.BytesIO(pdf(["harmless"])))
    action = Dictionary(S=Name.Launch, F=String("/bin/sh"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 100, 100]), A=action)
    document.pages[0].Annots = document.make_indirect(Array([document.make_indirect(link)]))
    return saved(document)


def damaged() -> bytes:
    return b"%PDF-1.7\n" + b"\x00garbage " * 300 + b"\n%%EOF\n"
