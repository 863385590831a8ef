"""What set-up makes from fetched and written files: browser files, print fonts, compiled catalogues and modules."""

from __future__ import annotations

import compileall
import shutil
from pathlib import Path

from babel.messages import mofile, pofile

from participation.i18n import LOCALES
from participation.printing import prepare_fonts
from participation.settings import ROOT

PACKAGE = Path(__file__).resolve().parent
VENDOR = ROOT / "static" / "vendor"
FONT_FILES = Path("@fontsource/atkinson-hyperlegible-next/files")
BROWSER_FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-ws.min.js": "hx-ws.min.js",
    "axe-core/axe.min.js": "axe.min.js",
    **{
        f"{FONT_FILES}/atkinson-hyperlegible-next-{subset}-{weight}-normal.woff2": (
            f"fonts/atkinson-hyperlegible-next-{subset}-{weight}-normal.woff2"
        )
        for subset in ("latin", "latin-ext")
        for weight in (400, 700)
    },
}
"""From node_modules, whose content the lock pins by hash, to static/vendor. Never edited, never committed."""


def prepare() -> None:
    """Makes all of it; doing it again is harmless."""
    copy_browser_files(ROOT / "node_modules")
    prepare_fonts(VENDOR / "fonts", VENDOR / "fonts" / "ttf")
    compile_catalogues()
    compileall.compile_dir(PACKAGE, quiet=1)  # who runs the site may not write here, and each start would do it again


def copy_browser_files(modules: Path) -> None:
    """Copies what was fetched; what a production set-up does not fetch (axe) is passed over."""
    for source, target in BROWSER_FILES.items():
        if (modules / source).is_file():
            destination = VENDOR / target
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(modules / source, destination)


def compile_catalogues() -> None:
    for locale in LOCALES:
        source = ROOT / "locale" / locale / "LC_MESSAGES" / "messages.po"
        with source.open("rb") as file:
            catalogue = pofile.read_po(file, locale=locale)
        with source.with_suffix(".mo").open("wb") as file:
            mofile.write_mo(file, catalogue)
