"""How long 10,000 serialised ballots take, beside bare Typst compiles of the same sheet, and how much memory.

The floor is compiled on a sample, with a new serial each time, and multiplied: ten thousand compiles are minutes.
`python -m tests.bench.printing` prints two lines.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import typst

from participation.copies.joining import join
from participation.copies.sheet import CodePlace, Fill, Part, Place, Sheet, TextPlace
from participation.paper.serials import draw_serials, draw_stub_code, printed_serial, qr, qr_content, qr_svg
from participation.paper.sheets.layout import layout_of_data
from participation.paper.sheets.print_job import PART
from participation.printing import BOLD, FONTS, FORMS, render
from tests.bench.memory import most_held

COPIES = 10_000
SAMPLE = 30
FEW = 1_000
"""A run that shows what memory costs at least."""


def ballot() -> dict[str, object]:
    """The preview's ballot, numbered."""
    data: dict[str, object] = json.loads((FORMS / "ballot" / "preview.json").read_text(encoding="utf-8"))
    return data | {"numbered": True, "form": "QAV271FR5D41"}


def floor() -> float:
    """Seconds for one sheet: a warm compiler, the sheet's own data, and a new code each time."""
    compiler = typst.Compiler(
        FORMS / "ballot" / "form.typ", root=FORMS, ignore_system_fonts=True,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[FONTS]),
    )  # fmt: skip
    taken = []
    for serial in draw_serials(SAMPLE):
        data = json.dumps(ballot() | {"qr": [qr_svg(qr_content("QAV271FR5D41", 1, serial))]})
        started = time.process_time()
        compiler.compile(
            format="pdf", sys_inputs={"data": data}, pdf_standards=["ua-1"], timestamp=datetime.fromtimestamp(0, UTC)
        )
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def run(copies: int, folder: Path) -> float:
    """Seconds of processor for a run: the sheet, every part through a file as the worker does it, the whole PDF."""
    started = time.process_time()
    data = ballot()
    named: list[tuple[str, Place]] = []
    for page in layout_of_data(data).pages:
        for region in page.places:
            named.append((region.name, TextPlace(page.page, region.x, region.y, region.w, region.h, 14)))
        if page.serial is not None:
            code = page.serial
            named.append(("qr", CodePlace(page.page, code.x, code.y, code.w, code.h, "QR")))
    sheet = Sheet(render("ballot", data), [place for _name, place in named], BOLD)

    def fill(serial: str) -> list[Fill]:
        texts = {"serial": printed_serial(serial), "stub": draw_stub_code()}
        return [
            texts[name] if isinstance(place, TextPlace) else qr(qr_content("QAV271FR5D41", place.page, serial)).matrix
            for name, place in named
        ]

    firsts = range(0, copies, PART)
    for first in firsts:
        fills = [fill(serial) for serial in draw_serials(min(PART, copies - first))]
        (folder / str(first)).write_bytes(sheet.part(first, fills, copies).to_bytes())

    def parts() -> Iterator[Part]:
        for first in firsts:
            yield Part.from_bytes((folder / str(first)).read_bytes())

    with (folder / "run.pdf").open("wb") as out:
        join(sheet, parts(), copies, out)
    return time.process_time() - started


def measured(copies: int) -> tuple[float, float]:
    """Seconds, and megabytes at the highest, of a run in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.printing", str(copies)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(answer[0]), float(answer[1])


def main() -> None:
    """Prints the two lines."""
    few_seconds, few_memory = measured(FEW)
    seconds, memory = measured(COPIES)
    each = floor()
    print(
        f"{'10,000 serialised ballots, times the floor':<44} {seconds / (each * COPIES):>7.3f}   goal {'≤ 1.30':<10} "
        f"{seconds:.1f} s of processor against {each * COPIES:.0f} s, {SAMPLE} compiles of {each * 1000:.0f} ms "
        f"multiplied; {FEW} copies take {few_seconds:.1f} s"
    )
    print(
        f"{'10,000 against 1,000 ballots: memory':<44} {memory / few_memory:>7.2f}   goal {'≤ 1.30':<10} "
        f"{memory:.0f} MB against {few_memory:.0f} MB"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as name:
            taken = run(int(sys.argv[1]), Path(name))
        print(taken, most_held())
    else:
        main()
