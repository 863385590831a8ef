"""Files of a certified result are made once; nothing that is not public is kept for anybody."""

from __future__ import annotations

import pytest

from participation.counting.spec import Disclosure
from participation.publication import exports, minutes
from participation.publication.files import Shelf
from tests.builders import World, build_spec
from tests.client import Site
from tests.publication.stories import Staff, build_staff, build_vote, certified_vote, close_intake, desk

FILES = ("ballots.zip", "minutes.pdf")


def published_vote(site: Site) -> tuple[World, Staff]:
    """Certified, and it was promised that its ballots are published."""
    return certified_vote(site, build_spec(disclosure=Disclosure.BALLOTS))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made from now on, by name."""
    made: list[str] = []
    for module, name in ((exports, "ballots_archive"), (minutes, "certified_minutes")):
        real = getattr(module, name)

        def make(*args: object, _real: object = real, _name: str = name, **kwargs: object) -> bytes:
            made.append(_name)
            return _real(*args, **kwargs)  # type: ignore[operator,no-any-return]

        monkeypatch.setattr(module, name, make)
    return made


@pytest.mark.parametrize("file", FILES)
def test_a_public_file_is_made_once_and_not_sent_twice(site: Site, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    world, _staff = published_vote(site)
    made = counted(monkeypatch)
    address = f"/en{world.path}/results/{file}"
    first = site.visitor().get(address)
    assert first.headers["cache-control"] == "public, max-age=60"
    assert site.visitor().get(address).content == first.content
    again = site.visitor().get(address, status=304, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert len(made) == 1
    assert site.visitor().get(address, headers={"If-None-Match": '"other"'}).content == first.content


def test_the_minutes_are_another_file_in_each_language(site: Site) -> None:
    world, _staff = published_vote(site)
    french, english = (site.visitor().get(f"/{locale}{world.path}/results/minutes.pdf") for locale in ("fr", "en"))
    assert french.headers["etag"] != english.headers["etag"]


@pytest.mark.parametrize("file", FILES)
def test_what_staff_take_is_made_for_them_and_kept_by_nobody(
    site: Site, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """The minutes of staff name the signers: neither they nor their tag may reach a visitor."""
    world, staff = published_vote(site)
    public = site.visitor().get(f"/en{world.path}/results/{file}")
    made = counted(monkeypatch)
    browser = site.signed_in(staff.administrator)
    for _time in range(2):
        own = browser.get(desk(world, f"/export/{file}"))
        assert own.headers["cache-control"] == "no-store"
        assert "etag" not in own.headers
    assert len(made) == 2
    assert site.visitor().get(f"/en{world.path}/results/{file}").content == public.content


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_made_before_the_certification(site: Site, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    world = build_vote(site.database, site.keys)
    staff = build_staff(site.database, world)
    close_intake(site, world, staff)
    site.signed_in(staff.first_certifier).post(desk(world, "/closing/count"))
    made = counted(monkeypatch)
    site.visitor().get(f"/en{world.path}/results/{file}", status=404)
    assert made == []


def test_the_shelf_is_bounded() -> None:
    shelf = Shelf(most_bytes=10)
    for name in ("a", "b", "a", "c"):
        shelf.take((name,), lambda: b"12345")
    assert shelf.bytes == 10
    assert shelf.take(("a",), lambda: b"made again").content == b"12345", "the one least asked for went"
    assert shelf.take(("large",), lambda: b"x" * 11).content == b"x" * 11
    assert shelf.bytes == 0


def test_a_file_that_cannot_be_made_is_not_kept() -> None:
    shelf = Shelf()

    def fail() -> bytes:
        raise ValueError("no fonts")

    with pytest.raises(ValueError, match="no fonts"):
        shelf.take(("a",), fail)
    assert shelf.take(("a",), lambda: b"made").content == b"made"
