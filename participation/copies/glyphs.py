"""The letters and digits that copies have of their own: a small TrueType font that every PDF reader can set."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

FONT_NAME: Final = b"copy"
CHARACTERS: Final = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST, _LAST = ord(CHARACTERS[0]), ord(CHARACTERS[-1])
_NAME: Final = b"COPIES+AtkinsonHyperlegibleNext-Copies"


class Glyphs:
    """Measures texts, and gives the font's three PDF objects."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where the file is missing."""
        font = TTFont(path, recalcTimestamp=False)
        options = subset.Options(hinting=False, layout_features=[], notdef_outline=True)
        maker = subset.Subsetter(options)
        maker.populate(text=CHARACTERS)
        maker.subset(font)
        unit = font["head"].unitsPerEm
        self._widths = {code: font["hmtx"][name][0] / unit for code, name in font.getBestCmap().items()}
        self.middle: float = font["OS/2"].sCapHeight / unit / 2
        """Half the height of a capital, in ems: how far the baseline lies under the middle of a line."""
        edges = ("xMin", "yMin", "xMax", "yMax")
        self._box = tuple(round(1000 * getattr(font["head"], edge) / unit) for edge in edges)
        self._rise = tuple(round(1000 * getattr(font["hhea"], edge) / unit) for edge in ("ascent", "descent"))
        stored = io.BytesIO()
        font.save(stored)
        self._file = stored.getvalue()

    def width(self, text: str) -> float:
        """How wide `text` is, in ems. KeyError for a character that copies never have."""
        return float(sum(self._widths[ord(char)] for char in text))

    def objects(self, number: int) -> list[bytes]:
        """Font, descriptor and font file, to be written with the numbers from `number` on."""
        widths = b" ".join(b"%d" % round(1000 * self._widths.get(code, 0)) for code in range(_FIRST, _LAST + 1))
        packed = zlib.compress(self._file, 9)
        return [
            b"<</Type/Font/Subtype/TrueType/BaseFont/%s/FirstChar %d/LastChar %d/Widths[%s]"
            b"/Encoding/WinAnsiEncoding/FontDescriptor %d 0 R>>" % (_NAME, _FIRST, _LAST, widths, number + 1),
            b"<</Type/FontDescriptor/FontName/%s/Flags 32/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d"
            b"/CapHeight %d/StemV 140/FontFile2 %d 0 R>>"
            % (_NAME, *self._box, *self._rise, round(2000 * self.middle), number + 2),
            b"<</Length %d/Length1 %d/Filter/FlateDecode>>\nstream\n%s\nendstream"
            % (len(packed), len(self._file), packed),
        ]
