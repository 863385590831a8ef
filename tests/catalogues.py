"""The catalogues against the code: what is extracted, what is written, what is still missing.

`python -m tests.catalogues` extracts every message, brings French and English up to date, compiles them and
lists what has no translation yet. English is the language of the code: its catalogue repeats it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import parse_mapping_cfg

from participation.i18n import LANGUAGE_NAMES, LOCALES
from participation.prepare import compile_catalogues
from participation.settings import ROOT

LOCALE = ROOT / "locale"
SOURCE_LOCALE = "en"
SOURCES = ("participation", "templates")


def catalogue_file(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / "messages.po"


def extracted() -> Catalog:
    """Every message that the code and the templates ask for."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = Catalog(project="participation")
    for folder in SOURCES:
        for _path, _line, message, _comments, context in extract.extract_from_dir(ROOT / folder, methods, options):
            found.add(message, context=context)
    return found


def written(locale: str) -> Catalog:
    """The catalogue of a language as it lies in the repository; empty where there is none."""
    path = catalogue_file(locale)
    if not path.exists():
        return Catalog(locale=locale, project="participation")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=locale)


def messages(catalogue: Catalog) -> list[Message]:
    """Without the header."""
    return [message for message in catalogue if message.id]


def sources(message: Message) -> tuple[str, ...]:
    """What the code says: one text, or a singular and a plural."""
    return tuple(message.id) if isinstance(message.id, (tuple, list)) else (message.id,)


def forms(message: Message) -> tuple[str, ...]:
    """Its translations: one, or one for each plural form; empty texts where there is none yet."""
    words = message.string
    return tuple(words) if isinstance(words, (tuple, list)) else (words or "",)


def untranslated(catalogue: Catalog) -> list[Message]:
    return [message for message in messages(catalogue) if not all(forms(message))]


def updated(locale: str, template: Catalog) -> Catalog:
    """The catalogue with what is new and without what is gone. A translation is never guessed."""
    catalogue = written(locale)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    _head(catalogue, locale)
    if locale == SOURCE_LOCALE:
        for message in messages(catalogue):
            message.string = message.id
    return catalogue


def _head(catalogue: Catalog, locale: str) -> None:
    """A head that says something, and is the same after every update."""
    catalogue.header_comment = (
        f"# {LANGUAGE_NAMES[locale]}. Made by `make catalogues`; the translations are written here."
    )
    catalogue.project, catalogue.version = "participation", "1"
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.revision_date, catalogue.fuzzy = catalogue.creation_date, False


def _save(catalogue: Catalog, path: Path, *, template: bool = False) -> None:
    text = io.BytesIO()
    pofile.write_po(
        text, catalogue, width=76 if template else 0, omit_header=template, no_location=True, sort_output=True
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue())


def main() -> int:
    """0 when every message of every language has its words."""
    template, missing = extracted(), 0
    _save(template, LOCALE / "messages.pot", template=True)
    for locale in LOCALES:
        catalogue = updated(locale, template)
        _save(catalogue, catalogue_file(locale))
        for message in untranslated(catalogue):
            missing += 1
            print(f"{locale}: no words yet for {message.id!r}")
    compile_catalogues()
    print(f"{len(messages(template))} messages, {missing} without words")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
