"""Coded passages as a text to write the report in: a heading for each code, each passage with its reference.

One list of parts gives both files, so that DOCX and ODT say the same.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import docx
import odfdo
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from participation import i18n
from participation.consultations import words
from participation.consultations.analysis import passages
from participation.consultations.analysis.passages import Passage
from participation.consultations.exports.figures import PASSAGES
from participation.consultations.exports.formats import Format, Passing, Written, about
from participation.consultations.exports.tables import Source
from participation.consultations.models import ContributionChannel
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate

LANGUAGES = {"fr": "fr-CA", "en": "en-CA"}
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold (XML 1.0, 2.2)."""
_HERE = "\ue000passages\ue000"
"""Where the passages go in a document that has none yet."""
_DECLARED = re.compile(rb' xmlns:\w+="[^"]*"')
"""The root of the document says the same."""


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    language: str = ""
    quoted: bool = False


def _parts(source: Source, written: Written) -> Iterator[Heading | Line]:
    figures = passages.by_channel(source.session, source.bench)
    for code in passages.codes_of(source.session, source.process.id):
        number = sum(figures[code.id].values())
        yield Heading(code.depth + 2, _writable(code.title))
        yield Line(translate(ngettext("%(num)s passage", "%(num)s passages", number), source.locale))
        for each in passages.stream(source.session, source.bench, code.id):
            yield Line(_words(each, source), each.language, quoted=True)
            yield Line(_cited(each, source))
    yield Heading(2, translate(_("About this file"), source.locale))
    for label, text in about(PASSAGES, source, written):
        yield Line(f"{label}{i18n.colon(source.locale)} {text}")


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _words(each: Passage, source: Source) -> str:
    if each.words is None:
        return translate(_("The words were erased."), source.locale)
    return i18n.quoted(_writable(each.words), source.locale)


def _cited(each: Passage, source: Source) -> str:
    """— C-231, Online, French: where a passage comes from."""
    channel = source.word(words.CHANNELS, ContributionChannel(each.channel))
    language = source.word(words.LANGUAGES, each.language if each.language in words.LANGUAGES else "und")
    refused = translate(_("Not published"), source.locale) if each.refused else ""
    return "— " + _writable(", ".join(filter(None, (each.cited, channel, language, each.borough, refused))))


def _counted(source: Source) -> Written:
    """The same rows and digest as the table of the passages has."""
    passing = Passing(PASSAGES, source)
    for _row in passing:
        pass
    return passing.written


def _titles(source: Source) -> tuple[str, str]:
    return i18n.words_of(source.process.process.title, source.locale), translate(PASSAGES.title, source.locale)


def write_docx(path: Path, source: Source) -> Written:
    """A Word document with the headings that its navigation reads."""
    written, (process, title) = _counted(source), _titles(source)
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = f"{title} – {process}", ""
    document.core_properties.language = LANGUAGES[source.locale]
    _speak(document.styles["Normal"].element.get_or_add_rPr(), LANGUAGES[source.locale])
    document.add_heading(f"{title} – {process}", 1)
    document.add_paragraph(_HERE)
    quote = document.styles["Quote"].style_id  # looked up once: by name it takes most of the time
    pieces = (_docx_piece(document, part, quote) for part in _parts(source, written))
    _save(path, document.save, "word/document.xml", "w:p", pieces)
    return written


def _docx_piece(document: Any, part: Heading | Line, quote: str) -> bytes:
    """One paragraph, as the library writes it; the document does not keep it."""
    if isinstance(part, Heading):
        paragraph = document.add_heading(part.text, part.level)
    else:
        paragraph = document.add_paragraph()
        if part.quoted:
            paragraph._element.style = quote
        run = paragraph.add_run(part.text)
        if part.language in LANGUAGES:
            _speak(run._element.get_or_add_rPr(), LANGUAGES[part.language])
    element = paragraph._element
    element.getparent().remove(element)
    written: bytes = serialize_part_xml(element)
    opening, end, rest = written[written.index(b"<w:p") :].partition(b">")
    return _DECLARED.sub(b"", opening) + end + rest


def _speak(properties: object, language: str) -> None:
    """Says in which language words are, for spelling and for those who listen."""
    mark = OxmlElement("w:lang")
    mark.set(qn("w:val"), language)
    properties.append(mark)  # type: ignore[attr-defined]


def write_odt(path: Path, source: Source) -> Written:
    """The same for LibreOffice and everything else that reads OpenDocument."""
    written, (process, title) = _counted(source), _titles(source)
    document = odfdo.Document("text")
    styles = document.get_part("styles.xml")
    for numbering in styles.get_elements("//text:outline-style") if isinstance(styles, odfdo.XmlPart) else ():
        numbering.delete()  # the template numbers headings; codes have the numbers that the team gives them
    document.set_language(LANGUAGES[source.locale])
    document.meta.title = f"{title} – {process}"
    for language in LANGUAGES.values():
        document.insert_style(_quotation(language), automatic=False)
    document.body.clear()
    document.body.append(odfdo.Header(1, f"{title} – {process}"))
    document.body.append(odfdo.Paragraph(_HERE))
    pieces = (_odt_piece(part, source).serialize().encode() for part in _parts(source, written))
    _save(path, document.save, "content.xml", "text:p", pieces)
    return written


def _odt_piece(part: Heading | Line, source: Source) -> odfdo.Element:
    if isinstance(part, Heading):
        return odfdo.Header(part.level, part.text)
    style = f"Passage {LANGUAGES.get(part.language, LANGUAGES[source.locale])}" if part.quoted else None
    return odfdo.Paragraph(part.text, style=style)


def _save(path: Path, save: Callable[[str], object], part: str, tag: str, pieces: Iterable[bytes]) -> None:
    """The document that `save` writes, with the pieces in the place of the paragraph `_HERE`: they go from the database
    to the file one by one, so that no number of passages is ever in memory."""
    shell = path.with_name(f"{path.name}.shell")
    try:
        save(str(shell))
        with zipfile.ZipFile(shell) as empty, zipfile.ZipFile(path, "w") as full:
            for entry in empty.infolist():
                if entry.filename != part:
                    full.writestr(entry, empty.read(entry), entry.compress_type)
                    continue
                before, after = _round(empty.read(entry), tag)
                packed = zipfile.ZipInfo(part, entry.date_time)
                packed.compress_type = zipfile.ZIP_DEFLATED
                with full.open(packed, "w", force_zip64=True) as out:
                    for piece in chain((before,), pieces, (after,)):
                        out.write(piece)
    finally:
        shell.unlink(missing_ok=True)


def _round(content: bytes, tag: str) -> tuple[bytes, bytes]:
    """What stands before the paragraph `_HERE`, and after it."""
    middle = content.index(_HERE.encode())
    begins, closing = content.rindex(f"<{tag}>".encode(), 0, middle), f"</{tag}>".encode()
    return content[:begins], content[content.index(closing, middle) + len(closing) :]


def _quotation(language: str) -> odfdo.Style:
    """A quoted paragraph in its language."""
    spoken, country = language.split("-")
    style = odfdo.Style("paragraph", name=f"Passage {language}", display_name=f"Passage {language}")
    style.set_properties(area="paragraph", properties={"fo:margin-left": "1cm", "fo:margin-top": "0.4cm"})
    style.set_properties(
        area="text", properties={"fo:language": spoken, "fo:country": country, "fo:font-style": "italic"}
    )
    return style


WRITERS = {Format.DOCX: write_docx, Format.ODT: write_odt}
