"""Files as scanners write them, and as nobody should: PDFs of pictures, TIFFs, and what only looks like one."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import cv2
import numpy as np

from tests.paper.simulated_sheets import Image


def jpeg(image: Image, quality: int = 85) -> bytes:
    _done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()


def grey(picture: bytes) -> Image:
    """The pixels of a JPEG or PNG."""
    return np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def png(image: Image) -> bytes:
    _done, data = cv2.imencode(".png", image)
    return data.tobytes()


def pdf_of(images: Sequence[Image], *, dpi: int = 200, flate: bool = False) -> bytes:
    """One picture a page, as JPEG or, as some programs do, packed without loss."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    for image in images:
        height, width = image.shape
        data = zlib.compress(image.tobytes()) if flate else jpeg(image)
        kind = b"FlateDecode" if flate else b"DCTDecode"
        page = len(objects) + 1
        box = b"%d %d" % (width * 72 // dpi, height * 72 // dpi)
        drawn = b"q %d 0 0 %d 0 0 cm /I Do Q" % (width * 72 // dpi, height * 72 // dpi)
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>"
            % (box, page + 1, page + 2),
            b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/%s"
            b"/Length %d>>stream\n%s\nendstream" % (width, height, kind, len(data), data),
        ]
    kids = b" ".join(b"%d 0 R" % (3 + 3 * place) for place in range(len(images)))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(images), kids)
    return written(objects)


def written(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def pdf_of_pages(count: int) -> bytes:
    """Empty pages, as many as wished."""
    kids = b" ".join(b"%d 0 R" % (3 + place) for place in range(count))
    pages = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
    return written([b"<</Type/Catalog/Pages 2 0 R>>", pages, *([page] * count)])


def pdf_bomb() -> bytes:
    """A page whose picture says that it has 60,000 by 60,000 pixels, packed into very little."""
    packed = zlib.compress(b"\0" * 50_000_000, 9)
    return written(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
            b"<</Length 27>>stream\nq 612 0 0 792 0 0 cm /I Do Q\nendstream",
            b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 8"
            b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        ]
    )


def png_bomb(side: int = 50_000) -> bytes:
    """A PNG of that many pixels each way in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * (side + 1) * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def endless_tiff() -> bytes:
    """A TIFF whose first directory says that it follows itself."""
    entries = struct.pack("<HHIHH", 256, 3, 1, 1000, 0) + struct.pack("<HHIHH", 257, 3, 1, 1000, 0)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entries + struct.pack("<I", 8)


def white(height: int = 1100, width: int = 850) -> Image:
    return np.full((height, width), 245, np.uint8)
