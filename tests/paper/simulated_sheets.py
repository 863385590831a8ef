"""Marks by hand and what scanners and telephones do to a page, in simulation; everything follows from a seed.

A page is drawn at 300 dpi on the real print, marked with one of the ways in which people mark, damaged in the ways
in which people correct themselves, and then distorted. What a careful person would read is kept beside the image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from participation.paper.sheets.geometry import Mark, PageLayout

Image = NDArray[np.uint8]
Grey = NDArray[np.float32]
Random = np.random.Generator
DPI = 300
PER_MM = DPI / 25.4
Key = tuple[str, str]


class Truth(StrEnum):
    """What a person would say of a target."""

    MARKED = "marked"
    EMPTY = "empty"
    DOUBTFUL = "doubtful"
    """Two people could differ: reading it either way without a word would be a misread."""


@dataclass
class Page:
    """A marked page before it is scanned, in darkness: 0 is paper, 1 is black."""

    layout: PageLayout
    ink: Grey
    truth: dict[Key, Truth] = field(default_factory=dict)

    def set(self, mark: Mark, truth: Truth) -> None:
        self.truth[mark.question, mark.option] = truth


def page_of(pdf: bytes, layout: PageLayout) -> Page:
    """A print as it comes from the printer: everything empty."""
    document = pypdfium2.PdfDocument(pdf)
    image = document[layout.page - 1].render(scale=DPI / 72, grayscale=True).to_numpy()
    document.close()
    ink = 1 - image.reshape(image.shape[:2]).astype(np.float32) / 255
    return Page(layout, ink, {(mark.question, mark.option): Truth.EMPTY for mark in layout.marks})


@dataclass(frozen=True, slots=True)
class Pen:
    """How dark and how wide, in millimetres; a pencil leaves grain."""

    dark: float
    width: float
    grain: float = 0.0


def pen(random: Random) -> Pen:
    return Pen(random.uniform(0.75, 1), random.uniform(0.35, 0.8))


def pencil(random: Random, least: float = 0.4, most: float = 0.8) -> Pen:
    return Pen(random.uniform(least, most), random.uniform(0.4, 0.9), 0.15)


Points = Sequence[tuple[float, float]]


def draw(page: Page, random: Random, tool: Pen, lines: Sequence[Points]) -> None:
    """Lines in millimetres, with a hand that shakes a little."""
    everything = np.concatenate([np.asarray(line, dtype=np.float64) for line in lines])
    low = np.floor((everything.min(axis=0) - 2) * PER_MM).astype(int).clip(0)
    high = np.ceil((everything.max(axis=0) + 2) * PER_MM).astype(int)
    window = page.ink[low[1] : high[1], low[0] : high[0]]
    if not window.size:
        return
    mask = np.zeros(window.shape, np.uint8)
    for line in lines:
        points = (_shaken(np.asarray(line), random) * PER_MM - low) * 16
        thick = max(1, round(tool.width * PER_MM))
        cv2.polylines(mask, [points.round().astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    _press(window, mask.astype(np.float32) / 255 * tool.dark, random, tool.grain)


def _shaken(line: NDArray[np.float64], random: Random) -> NDArray[np.float64]:
    pieces = []
    for start, end in pairwise(line):
        steps = np.linspace(0, 1, max(3, int(math.dist(start, end) / 1.2)))[:, None]
        pieces.append(start + (end - start) * steps)
    points = np.concatenate(pieces)
    return points + random.normal(0, 0.06, points.shape)


def _press(window: Grey, dark: NDArray[Any], random: Random, grain: float) -> None:
    if grain:
        dark = dark * (1 - grain + grain * random.random(dark.shape, dtype=np.float32) * 2)
    np.copyto(window, 1 - (1 - window) * (1 - dark.clip(0, 1)))


def tick(page: Page, mark: Mark, random: Random, tool: Pen) -> None:
    """A tick whose long arm leaves the box by up to two fifths."""
    x, y, w, h = mark.x, mark.y, mark.w, mark.h
    over = random.uniform(-0.15, 0.4)
    start = (x + w * random.uniform(0.05, 0.25), y + h * random.uniform(0.4, 0.6))
    low = (x + w * random.uniform(0.35, 0.5), y + h * random.uniform(0.8, 0.98))
    end = (x + w * (1 + over), y - h * over * random.uniform(0.2, 0.9) + h * 0.05)
    draw(page, random, tool, [[start, low, end]])


def cross(page: Page, mark: Mark, random: Random, tool: Pen) -> None:
    a, b, c, d = random.uniform(-0.12, 0.25, 4)
    x, y, w, h = mark.x, mark.y, mark.w, mark.h
    lines = [
        [(x + w * a, y + h * b), (x + w * (1 - c), y + h * (1 - d))],
        [(x + w * (1 - d), y + h * a), (x + w * b, y + h * (1 - c))],
    ]
    draw(page, random, tool, lines)


def fill(page: Page, mark: Mark, random: Random, tool: Pen) -> None:
    """Hatching that covers 40 to 100 % of the box."""
    share = math.sqrt(random.uniform(0.4, 1.0))
    w, h = mark.w * share, mark.h * share
    x = mark.x + (mark.w - w) * random.random()
    y = mark.y + (mark.h - h) * random.random()
    step = tool.width * random.uniform(0.6, 1.1)
    count = max(3, int(h / step))
    line = [(x + (w if turn % 2 else 0), y + h * turn / count) for turn in range(count + 1)]
    draw(page, random, tool, [line])


def solid(page: Page, mark: Mark, random: Random, tool: Pen) -> None:
    """A box filled evenly, 40 to 100 % of it."""
    share = math.sqrt(random.uniform(0.4, 1.0))
    w, h = mark.w * share, mark.h * share
    x, y = mark.x + (mark.w - w) / 2, mark.y + (mark.h - h) / 2
    box = [round(value * PER_MM) for value in (x, y, x + w, y + h)]
    window = page.ink[box[1] : box[3], box[0] : box[2]]
    _press(window, np.full(window.shape, tool.dark, np.float32), random, tool.grain)


def stroke(page: Page, mark: Mark, random: Random, tool: Pen) -> None:
    """One line through the middle at any angle."""
    angle, half = random.uniform(0, math.pi), mark.w * random.uniform(0.32, 0.6)
    x = mark.x + mark.w * random.uniform(0.4, 0.6)
    y = mark.y + mark.h * random.uniform(0.4, 0.6)
    dx, dy = math.cos(angle) * half, math.sin(angle) * half
    draw(page, random, tool, [[(x - dx, y - dy), (x + dx, y + dy)]])


Way = Callable[[Page, Mark, Random, Pen], None]
WAYS: tuple[Way, ...] = (tick, cross, fill, solid, stroke)


def vote(page: Page, random: Random, *, count: int, ways: Sequence[Way] = WAYS, tool: Pen | None = None) -> None:
    """Marks `count` targets, all with one tool, as one person does."""
    tool = tool or pen(random)
    for place in random.choice(len(page.layout.marks), count, replace=False):
        mark = page.layout.marks[place]
        ways[int(random.integers(len(ways)))](page, mark, random, tool)
        page.set(mark, Truth.MARKED)


def empty_mark(page: Page, random: Random) -> Mark:
    left = [mark for mark in page.layout.marks if page.truth[mark.question, mark.option] is Truth.EMPTY]
    return left[int(random.integers(len(left)))]


def erasure(page: Page, random: Random) -> None:
    """A mark that was rubbed out: grey area, and what is left of the lines."""
    mark = empty_mark(page, random)
    WAYS[int(random.integers(len(WAYS)))](page, mark, random, Pen(random.uniform(0.04, 0.22), 0.7, 0.3))
    smudge(page, mark, random, random.uniform(0.04, 0.2))


def smudge(page: Page, mark: Mark, random: Random, dark: float) -> None:
    x, y = mark.x + mark.w * random.uniform(0.2, 0.8), mark.y + mark.h * random.uniform(0.2, 0.8)
    axes = (int(mark.w * random.uniform(0.3, 0.9) * PER_MM), int(mark.h * random.uniform(0.2, 0.5) * PER_MM))
    mask = np.zeros(page.ink.shape, np.uint8)
    centre = (int(x * PER_MM), int(y * PER_MM))
    cv2.ellipse(mask, centre, axes, float(random.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    top, left = max(0, centre[1] - 150), max(0, centre[0] - 150)
    part = cv2.GaussianBlur(mask[top : top + 300, left : left + 300], (0, 0), 5).astype(np.float32) / 255 * dark
    _press(page.ink[top : top + 300, left : left + 300], part, random, 0.3)


def stray(page: Page, random: Random) -> None:
    """A line over the sheet at any angle, usually over the column of targets."""
    marks = page.layout.marks
    through = marks[int(random.integers(len(marks)))]
    angle, length = random.uniform(0, math.pi), random.uniform(20, 150)
    before = random.uniform(0.2, 0.8) * length
    x, y = through.x + through.w * random.uniform(-0.3, 1.3), through.y + through.h * random.uniform(-0.3, 1.3)
    dx, dy = math.cos(angle), math.sin(angle)
    line = [(x - dx * before, y - dy * before), (x + dx * (length - before), y + dy * (length - before))]
    draw(page, random, pen(random) if random.random() < 0.7 else pencil(random), [line])


def column_line(page: Page, random: Random) -> None:
    """A line down through several targets."""
    marks = page.layout.marks
    first = int(random.integers(len(marks) - 3))
    last = first + int(random.integers(1, 3))
    top, end = marks[first], marks[last]
    start = (top.x + top.w * random.uniform(0.1, 0.9), top.y + top.h * random.uniform(0.1, 0.9))
    stop = (end.x + end.w * random.uniform(0.1, 0.9), end.y + end.h * random.uniform(0.1, 0.9))
    draw(page, random, pen(random), [[start, stop]])


def crossed_out(page: Page, random: Random) -> None:
    """A mark taken back by scribbling over the box and beyond: nobody knows but its author."""
    mark = empty_mark(page, random)
    cross(page, mark, random, pen(random))
    x, y, w, h = mark.x, mark.y, mark.w, mark.h
    over = random.uniform(0.3, 0.9)
    line = [(x - w * over + (w * (1 + 2 * over) if turn % 2 else 0), y + h * (0.1 + turn * 0.12)) for turn in range(8)]
    draw(page, random, pen(random), [line])
    page.set(mark, Truth.DOUBTFUL)


def circled(page: Page, random: Random) -> None:
    """A ring around the box and nothing in it."""
    mark = empty_mark(page, random)
    turns = np.linspace(0, 2 * math.pi, 24)
    x, y = mark.x + mark.w / 2, mark.y + mark.h / 2
    radius = mark.w * random.uniform(0.75, 1.0)
    draw(page, random, pen(random), [[(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]])
    page.set(mark, Truth.DOUBTFUL)


def beside(page: Page, random: Random) -> None:
    """A cross that missed the box, left of it."""
    mark = empty_mark(page, random)
    moved = Mark(mark.question, mark.option, mark.x - mark.w * random.uniform(0.6, 1.2), mark.y, mark.w, mark.h)
    cross(page, moved, random, pen(random))
    page.set(mark, Truth.DOUBTFUL)


def dots(page: Page, random: Random) -> None:
    """A pen laid down: specks in and between the boxes, no mark."""
    for _each in range(6):
        mark = empty_mark(page, random)
        x, y = mark.x + mark.w * random.uniform(-0.2, 1.2), mark.y + mark.h * random.uniform(-0.2, 1.2)
        draw(page, random, Pen(random.uniform(0.4, 1), 0.3), [[(x, y), (x + 0.1, y), (x, y + 0.1)]])


HARMS: tuple[Callable[[Page, Random], None], ...] = (
    erasure, erasure, stray, stray, column_line, crossed_out, circled, beside, dots,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """What the machine does; the defaults are a clean flat-bed scan."""

    dpi: int = 200
    degrees: float = 0.0
    perspective: float = 0.0
    """Largest shift of a corner, as a share of the width."""
    scale: float = 1.0
    blur: float = 0.0
    """Millimetres."""
    noise: float = 2.0
    light: float = 0.0
    """How much darker the darkest corner is."""
    curl: float = 0.0
    """Millimetres by which the middle of the sheet is shifted."""
    jpeg: int = 0
    halftone: bool = False
    bitonal: bool = False
    crop: tuple[float, float, float, float] = (0, 0, 0, 0)
    """Millimetres lost left, top, right and bottom."""
    margin: float = 0.0
    """Millimetres of dark table around the sheet."""
    shadow: bool = False


def scanned(page: Page, scan: Scan, random: Random) -> Image:
    """The image that the machine gives."""
    source: Any = page.ink
    height, width = source.shape
    factor = scan.dpi / DPI
    if scan.blur:
        source = cv2.GaussianBlur(source, (0, 0), max(0.3, scan.blur * PER_MM))
    elif factor < 1:
        source = cv2.GaussianBlur(source, (0, 0), 0.35 / factor)
    border = scan.margin * PER_MM * factor
    size = (round(width * factor + 2 * border), round(height * factor + 2 * border))
    matrix = _matrix(scan, random, width, height, size)
    image = 1 - _warped(source, matrix, size, scan, random)
    image *= _light(image.shape, scan, random)
    image += _noise(image.shape, random) * np.float32(scan.noise / 255)
    if scan.halftone:
        image += _screen(image.shape, scan.dpi)
    result: Image = (image * 255).clip(0, 255).astype(np.uint8)
    if scan.bitonal:
        result = np.where(result < 150, 0, 255).astype(np.uint8)
    result = _cropped(result, scan)
    if scan.jpeg:
        _done, data = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, scan.jpeg])
        result = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return result


def _matrix(scan: Scan, random: Random, width: int, height: int, size: tuple[int, int]) -> NDArray[np.float64]:
    shift = scan.perspective * width
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = corners + random.uniform(-shift, shift, (4, 2))
    tilt = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), scan.degrees, 1.0), [0, 0, 1]])
    factor = scan.dpi / DPI
    fit = np.array([[factor * scan.scale, 0, 0], [0, factor * scan.scale, 0], [0, 0, 1]])
    centre = (fit @ turn @ tilt) @ np.array([width / 2, height / 2, 1])
    centre /= centre[2]
    move = np.array([[1, 0, size[0] / 2 - centre[0]], [0, 1, size[1] / 2 - centre[1]], [0, 0, 1]])
    found: NDArray[np.float64] = move @ fit @ turn @ tilt
    return found


def _warped(source: Grey, matrix: Any, size: tuple[int, int], scan: Scan, random: Random) -> Grey:
    around = 0.55 if scan.margin else 0.0
    if not scan.curl:
        return np.asarray(
            cv2.warpPerspective(source, matrix, size, flags=cv2.INTER_LINEAR, borderValue=around), dtype=np.float32
        )
    step = 16
    columns, rows = size[0] // step + 2, size[1] // step + 2
    xs, ys = np.meshgrid(np.arange(columns) * step + (step - 1) / 2, np.arange(rows) * step + (step - 1) / 2)
    flat = np.column_stack([xs.ravel(), ys.ravel()]).reshape(-1, 1, 2)
    back = cv2.perspectiveTransform(flat, np.linalg.inv(matrix)).reshape(rows, columns, 2)
    bend = scan.curl * PER_MM * np.sin(np.pi * back[..., 0] / source.shape[1]) * random.choice([-1, 1])
    coarse = np.dstack([back[..., 0], back[..., 1] + bend]).astype(np.float32)
    maps: Any = cv2.resize(coarse, (columns * step, rows * step))[: size[1], : size[0]]
    seen = cv2.remap(source, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderValue=around)
    return np.asarray(seen, dtype=np.float32)


def _light(shape: tuple[int, ...], scan: Scan, random: Random) -> Grey:
    small = shape[0] // 16, shape[1] // 16
    paper = np.full(small, random.uniform(0.9, 0.99), np.float32)
    if scan.light:
        angle = random.uniform(0, 2 * math.pi)
        ys, xs = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
        ramp = math.cos(angle) * xs / small[1] + math.sin(angle) * ys / small[0]
        paper *= 1 - scan.light * (ramp - ramp.min()) / np.ptp(ramp)
    whole = np.asarray(cv2.resize(paper, shape[::-1]), dtype=np.float32)
    if scan.shadow:
        mask = np.ones(shape, np.float32)
        x = random.uniform(0.2, 0.8) * shape[1]
        points = np.array([[x, 0], [shape[1], 0], [shape[1], shape[0]], [x * random.uniform(0.5, 1.5), shape[0]]])
        cv2.fillPoly(mask, [points.astype(np.int32)], random.uniform(0.55, 0.8))
        soft = random.uniform(2, 10)
        quarter = cv2.GaussianBlur(cv2.resize(mask, None, fx=0.25, fy=0.25), (0, 0), soft)
        whole *= np.asarray(cv2.resize(quarter, shape[::-1]), dtype=np.float32)
    return whole


@cache
def _grain() -> Grey:
    return np.random.default_rng(0).standard_normal((2100, 2300), dtype=np.float32)


def _noise(shape: tuple[int, ...], random: Random) -> Grey:
    """Noise cut from one large piece at a place of its own: drawing it afresh would take longer than all the rest."""
    top, left = (int(place) for place in random.integers(0, 1000, 2))
    rows, columns = np.arange(top, top + shape[0]) % 2100, np.arange(left, left + shape[1]) % 2300
    found: Grey = _grain().take(rows, axis=0).take(columns, axis=1)
    return found


def _screen(shape: tuple[int, ...], dpi: int) -> Grey:
    """The beat between a scanner's lines and a printer's screen."""
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    period = dpi / 25.4 * 1.3
    found: Grey = (0.02 * np.sin(2 * math.pi * (xs * 0.8 + ys * 0.6) / period)).astype(np.float32)
    return found


def _cropped(image: Image, scan: Scan) -> Image:
    left, top, right, bottom = (round(part * scan.dpi / 25.4) for part in scan.crop)
    height, width = image.shape
    return np.ascontiguousarray(image[top : height - bottom, left : width - right])


def clean_scan(random: Random) -> Scan:
    """A document scanner: a little skew, sometimes upside down, any usual resolution, good compression."""
    return Scan(
        dpi=int(random.choice([150, 200, 300])),
        degrees=float(random.normal(0, 0.7)) + (180 if random.random() < 0.25 else 0),
        scale=float(random.uniform(0.97, 1.0)),
        noise=float(random.uniform(1, 4)),
        jpeg=int(random.choice([0, 75, 85, 92])),
        light=float(random.uniform(0, 0.05)),
    )


def rough_scan(random: Random) -> Scan:
    """An old machine: skew, blur, strong compression, uneven lamp, a screen."""
    return Scan(
        dpi=int(random.choice([150, 200, 300])),
        degrees=float(random.uniform(-5, 5)) + (180 if random.random() < 0.3 else 0),
        scale=float(random.uniform(0.93, 1.0)),
        blur=float(random.uniform(0, 0.25)),
        noise=float(random.uniform(2, 9)),
        jpeg=int(random.integers(50, 80)),
        light=float(random.uniform(0, 0.3)),
        halftone=bool(random.random() < 0.3),
        curl=float(random.uniform(0, 0.6)),
        perspective=float(random.uniform(0, 0.01)),
    )


def photograph(random: Random) -> Scan:
    """A telephone over a table: perspective, shadow, curl, any of the four ways up."""
    return Scan(
        dpi=int(random.choice([170, 220, 300])),
        degrees=float(random.uniform(-5, 5)) + float(random.choice([0, 0, 90, 180, 270])),
        perspective=float(random.uniform(0.01, 0.05)),
        blur=float(random.uniform(0, 0.25)),
        noise=float(random.uniform(2, 8)),
        jpeg=int(random.integers(50, 90)),
        light=float(random.uniform(0.05, 0.4)),
        shadow=bool(random.random() < 0.5),
        curl=float(random.uniform(0, 1.2)),
        margin=float(random.uniform(25, 45)),
        scale=float(random.uniform(0.95, 1.0)),
    )
