"""What only the pile shows: repeated sheets, one serial on two forms, sides that are not there."""

from __future__ import annotations

from participation.paper.scanning.problems import Problem
from participation.paper.scanning.sets import ScannedPage, checked
from participation.paper.serials import with_check

ONE, TWO = with_check(1), with_check(2)


def page(number: int, serial: str, side: int = 1, form: str = "A1FR", sides: int = 1) -> ScannedPage:
    return ScannedPage("pile.pdf", number, serial, form, side, sides)


def problems(*pages: ScannedPage) -> list[tuple[str, ...]]:
    return [each.problems for each in checked(pages)]


def test_two_different_sheets_are_fine() -> None:
    assert problems(page(1, ONE), page(2, TWO)) == [(), ()]


def test_a_sheet_that_comes_twice_counts_for_neither() -> None:
    assert problems(page(1, ONE), page(2, TWO), page(3, ONE)) == [(Problem.REPEATED,), (), (Problem.REPEATED,)]


def test_one_serial_on_two_forms_is_repeated() -> None:
    assert problems(page(1, ONE), page(2, ONE, side=2, form="B1FR")) == [(Problem.REPEATED,)] * 2


def test_sides_of_numbered_sheets_may_lie_apart() -> None:
    pile = [page(1, ONE, 2, sides=2), page(2, TWO, 1, sides=2), page(3, TWO, 2, sides=2), page(4, ONE, 1, sides=2)]
    assert problems(*pile) == [()] * 4
    assert problems(*pile[:3]) == [(Problem.MISSING_SIDE,), (), ()]


def test_sides_of_unnumbered_sheets_follow_one_another() -> None:
    pile = [page(number, "", side, sides=2) for number, side in enumerate((1, 2, 2, 1, 1, 1, 2), start=1)]
    lost = (Problem.MISSING_SIDE,)
    assert problems(*pile) == [(), (), (), (), lost, (), ()]


def test_a_page_that_nobody_could_read_is_left_alone() -> None:
    unread = ScannedPage("pile.pdf", 2, problems=(Problem.NO_CODE.value,))
    assert problems(page(1, ONE), unread, unread) == [(), (Problem.NO_CODE,), (Problem.NO_CODE,)]
    assert not unread.is_certain
    assert unread.answers == {}
