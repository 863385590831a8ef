"""From one page image to its answers, or to the reasons why a person must look at it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from participation.paper.scanning.codes import Found, codes
from participation.paper.scanning.flat import flat_page
from participation.paper.scanning.ink import Measured, State, measure
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.registration import Unregistered, project, register
from participation.paper.scanning.template import Image, Matrix, Template, smaller
from participation.paper.serials import SideCode, read_qr

LONGEST = 2400
"""Pixels of the longer side beyond which an image is halved: 300 dpi becomes 150, 200 dpi stays as it is."""

Forms = Callable[[SideCode], Template | None]
"""The side of the form that a code names; None where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands on one page. `answers` and `unclear`: question → options."""

    serial: str = ""
    form: str = ""
    side: int = 0
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unclear: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    measured: tuple[Measured, ...] = ()


def read_page(image: Image, forms: Forms) -> Reading:
    """Reads one page of any size, any way up. Never raises for what is on the paper."""
    image = smaller(image, math.ceil(max(image.shape) / LONGEST))
    found = codes(image)
    ours = [(each, code) for each in found if (code := read_qr(each.text))]
    if len({code for _each, code in ours}) > 1:
        return Reading(problems=(Problem.SEVERAL,))
    if not ours:
        return Reading(problems=(_without_code(image, found),))
    place, code = ours[0]
    template = forms(code)
    if template is None:
        return Reading(code.serial, code.form, code.side, problems=(Problem.FOREIGN,))
    return _read(image, place, code, template)


def _read(image: Image, place: Found, code: SideCode, template: Template) -> Reading:
    try:
        pose = register(image, place, template)
        flat = flat_page(image, pose, template)
    except Unregistered as error:
        return Reading(code.serial, code.form, code.side, problems=(error.problem,))
    if _cut(image, pose.matrix, template):
        return Reading(code.serial, code.form, code.side, problems=(Problem.CUT,))
    measured, writing = measure(flat, template)
    return Reading(
        code.serial, code.form, code.side,
        _options(measured, State.CLEAR, every=True), _options(measured, State.UNCLEAR),
        (Problem.WRITING,) if writing else (), tuple(measured),
    )  # fmt: skip


def _without_code(image: Image, found: Sequence[Found]) -> Problem:
    if found:
        return Problem.FOREIGN
    small = cv2.resize(image, (160, 200), interpolation=cv2.INTER_AREA)[10:-10, 10:-10]
    return Problem.BLANK if float(np.median(small)) - float(np.percentile(small, 0.5)) < 40 else Problem.NO_CODE


def _cut(image: Image, matrix: Matrix, template: Template) -> bool:
    """Whether a target lies over the edge of the image."""
    corners = [
        (x, y)
        for each in template.side.marks
        for x in (each.x - 1, each.x + each.w + 1)
        for y in (each.y - 1, each.y + each.h + 1)
    ]
    places = project(matrix, np.array(corners, dtype=np.float64))
    height, width = image.shape
    return bool((places < 0).any() or (places[:, 0] >= width).any() or (places[:, 1] >= height).any())


def _options(measured: Sequence[Measured], state: State, *, every: bool = False) -> dict[str, list[str]]:
    """Question → targets in that state; with `every`, questions that have none too.

    Where a question has bubbles for points or ranks, a target is said with its value: "0007:3".
    """
    valued = {each.mark.question for each in measured if each.mark.value > 1 and not each.mark.slot}
    found: dict[str, list[str]] = {each.mark.question: [] for each in measured} if every else {}
    for mark in (each.mark for each in measured if each.state is state):
        name = f"{mark.name}:{mark.value}" if mark.question in valued else mark.name
        found.setdefault(mark.question, []).append(name)
    return found
