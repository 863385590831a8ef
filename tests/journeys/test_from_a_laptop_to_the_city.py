"""An evening without the Internet: held on a laptop, brought to the city's system in a bundle, twice, to the vote."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.accounts.models import Account, Role
from participation.accounts.permissions import ROLE_PERMISSIONS, Permission
from participation.audit import Event
from participation.ballots.models import Ballot, HandCount
from participation.ballots.questionnaires.models import OpenAnswer
from participation.ballots.service import commitment
from participation.counting.ledger import canonical_json
from participation.db import Database
from participation.live import minutes, queries
from participation.live.bundle import packing
from participation.live.bundle.packing import control_number
from participation.live.floor.models import FloorQuestion
from participation.live.models import Door, Meeting, Poll, PollKind, RoomSheet
from participation.live.service import PollDraft, add_poll
from participation.live.settling import settle_all
from participation.live.speaking.models import SpeakingTurn
from participation.processes.models import Spec, Window
from participation.publication import ledger
from participation.register.identity import grouped, new_slip_code
from participation.register.keys import Keys
from participation.register.models import DoorCard, KeyDestruction, Mark
from participation.settings import Settings
from tests import databases
from tests.builders import World, build_account, build_world
from tests.client import Browser, Page, Site
from tests.conftest import SECRET
from tests.live.people import Assembly, answer, ballot_of, build_assembly

RANKING = PollDraft(
    {"fr": "Les plans du parc", "en": "Plans for the park"},
    PollKind.RANKING,
    [{"fr": name, "en": name} for name in ("Prairie", "Bassin", "Verger")],
    max_choices=3,
)
IN_WORDS = PollDraft({"fr": "Que manque-t-il?", "en": "What is missing?"}, PollKind.TEXT)
NEVER_ASKED = PollDraft({"fr": "Jamais posée", "en": "Never asked"}, PollKind.YES_NO)


@contextmanager
def site_on(folder: Path, url: str) -> Iterator[Site]:
    settings = Settings(
        database_url=url,
        secret_key=SecretStr(SECRET + folder.name),
        keys_dir=folder / "keys",
        files_dir=folder / "files",
        log_level="ERROR",
    )
    database = Database(url)
    with Site(settings, database, Keys(settings)) as site:
        yield site
    database.dispose()


class Evening:
    """What is held on the laptop."""

    def __init__(self, laptop: Site) -> None:
        self.site = laptop
        self.room = build_assembly(laptop, door=Door.CARD)
        with laptop.database.writing() as session:
            meeting = session.get(Meeting, self.room.meeting_id)
            assert meeting is not None
            self.polls = [self.room.poll_id, *(add_poll(session, meeting, draft).id for draft in (RANKING, IN_WORDS))]
            add_poll(session, meeting, NEVER_ASKED)
        self.helper, self.second = self.room.counter("Ana"), self.room.counter("Bo")

    def at(self, place: int) -> Assembly:
        return replace(self.room, poll_id=self.polls[place])

    def telephone(self) -> Browser:
        """Somebody who was given a card at the door."""
        card, telephone = new_slip_code(), self.site.visitor()
        self.helper.post(f"{self.room.staff}/door", {"card": card}, status=200)
        telephone.post(f"{self.room.room}/card", {"card": card})
        return telephone

    def hold(self) -> None:
        """Three polls by telephone, one with hands that differed first; a question, a turn; people counted."""
        people = [self.telephone() for _each in range(9)]
        self.room.facilitator.post(f"{self.room.staff}/present", {"present": "44"})
        self.room.facilitator.post(f"{self.room.staff}/questions/open", {"open": "1"})
        self.room.facilitator.post(f"{self.room.staff}/queue/open", {"open": "1"})
        asked = people[0].get_page(f"{self.room.room}/questions")
        form = {"nonce": asked.value_of("nonce"), "text": "Et la neige?", "name": "Zoé Exemple", "subject": ""}
        people[0].post(f"{self.room.room}/questions", form)
        self.room.facilitator.post(f"{self.room.staff}/questions/1/show")
        people[1].get_page(f"{self.room.room}/questions")
        people[1].post(f"{self.room.room}/questions/1/support", {"wanted": "1"})
        queue = people[2].get_page(f"{self.room.room}/queue")
        people[2].post(f"{self.room.room}/queue", {"nonce": queue.value_of("nonce"), "name": "Zoé", "subject": ""})
        self.at(0).act("open")
        for number, telephone in enumerate(people):
            answer(self.at(0), telephone, "aabbbccca"[number])
        self.count((5, 2, 0), (5, 3, 0))
        self.count((5, 2, 0), (5, 2, 0))
        self.at(0).act("close")
        self.at(1).act("open")
        for number, telephone in enumerate(people[:5]):
            ranks = dict(zip(("rank_a", "rank_b", "rank_c"), "123" if number % 2 else "312", strict=True))
            telephone.post(f"{self.room.room}/vote", ballot_of(telephone.get_page(self.room.room)) | ranks)
        self.at(1).act("close")
        self.at(2).act("open")
        for words, telephone in zip(("Des bancs", "Une fontaine", "Des bancs"), people, strict=False):
            telephone.post(f"{self.room.room}/vote", ballot_of(telephone.get_page(self.room.room)) | {"words": words})
        self.at(2).act("close")

    def count(self, first: tuple[int, ...], second: tuple[int, ...]) -> None:
        """Two people write down raised hands."""
        self.at(0).totals(self.helper, *first)
        self.at(0).totals(self.second, *second)

    def erase(self) -> None:
        """Words that are still there, and whatever says the same."""
        with self.site.database.reading() as session:
            query = select(col(OpenAnswer.id)).order_by(col(OpenAnswer.text).desc()).where(col(OpenAnswer.text) > "")
            answer_id = session.execute(query).scalars().first()
        address = f"{self.room.staff}/polls/{self.polls[2]}/answers/{answer_id}/erase"
        self.room.facilitator.post(address, {"reason": "À la demande de la personne"})

    def end(self) -> None:
        """No bundle is made before the last poll is settled."""
        page = f"{self.room.staff}/bundle"
        assert "n’est pas encore terminée" in self.room.facilitator.get_page(page).text
        self.room.facilitator.get(f"{page}.zip", status=409)
        self.room.facilitator.post(f"{self.room.staff}/end")
        assert "en cours de règlement" in self.room.facilitator.get_page(page).text
        self.site.at += timedelta(minutes=2)
        assert settle_all(self.site.database, self.site.keys, self.site.at) == 3

    def bundle(self) -> tuple[bytes, str]:
        """The file and its control number, as the facilitator takes them."""
        page = self.room.facilitator.get_page(f"{self.room.staff}/bundle")
        data = self.room.facilitator.get(f"{self.room.staff}/bundle.zip").content
        number = grouped(control_number(content_of(data)))
        assert number in page.text
        return data, number


def texts_of(site: Site) -> list[str | None]:
    with site.database.reading() as session:
        return sorted(session.execute(select(col(OpenAnswer.text))).scalars(), key=str)


def content_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("meeting.json")


def with_entries(number: int, *, told: int | None = None) -> bytes:
    """A file of so many entries, whose end says that they are `told`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place in range(number):
            archive.writestr(f"{place}.json", b"")
    data = bytearray(out.getvalue())
    if told is not None:
        data[-12:-10] = told.to_bytes(2, "little")
    return bytes(data)


def packed(text: bytes, name: str = "meeting.json", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, text)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class City:
    """The system that the bundle is brought into, with somebody who runs meetings there."""

    site: Site
    world: World
    who: Browser

    def bring(self, data: bytes, number: str, *, status: int = 303) -> Page:
        address = f"/fr/staff{self.world.path}/meetings/bring"
        files = {"file": ("meeting.zip", data, "application/zip")}
        sent = self.who.post(address, {"control": number}, status=status, files=files)
        return self.who.get_page(sent.headers["location"]) if status == 303 else Page(sent.text)

    def token(self) -> str:
        """What a form of this session carries."""
        return csrf_token(self.site.settings.key("csrf"), str(self.who.client.cookies[SESSION_COOKIE]))

    def rows(self) -> dict[str, int]:
        """How many rows there are of everything that a bundle holds."""
        tables = (Meeting, Poll, Spec, Window, Ballot, OpenAnswer, HandCount, RoomSheet, FloorQuestion, SpeakingTurn)
        more = (DoorCard, KeyDestruction, Account, Event)
        with self.site.database.reading() as session:
            return {
                table.__name__: session.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (*tables, *more)
            }


@pytest.fixture
def city(site: Site) -> City:
    world = build_world(site.database, site.keys)
    account = build_account(site.database, "Chantal", [Role.FACILITATOR], world.organisation_id)
    site.at += timedelta(days=1)
    return City(site, world, site.signed_in(account))


def told(site: Site, meeting_id: uuid.UUID, at: datetime) -> tuple[Any, ...]:
    """The figures of every poll and source, and the minutes in both languages."""
    queries.forget_results(list(queries._read))
    with site.database.reading() as session:
        room = queries.room_by_id(session, meeting_id)
        assert room is not None
        results = [now.result for now in queries.polls_now(session, room.meeting, at) if now.spec_row]
        return results, *(minutes.sheet_of(session, room, locale, at) for locale in ("fr", "en"))


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """Held once for all these tests, on a laptop: always SQLite. The city is on either database."""
    folder = tmp_path_factory.mktemp("laptop")
    with databases.sqlite_url(folder) as url, site_on(folder, url) as laptop:
        evening = Evening(laptop)
        evening.hold()
        evening.end()
        yield evening


def test_an_evening_comes_to_the_city_once_and_to_the_vote(evening: Evening, city: City) -> None:
    """Figures and minutes are equal; the same bundle twice is one; one that has grown brings what is new."""
    room, at = evening.room, city.site.at
    data, number = evening.bundle()
    assert evening.bundle() == (data, number), "the same meeting gives the same bytes"
    assert "Zoé" not in content_of(data).decode(), "names stay behind"
    assert "Jamais pos" not in content_of(data).decode()

    before = city.rows()
    page = city.bring(data, number.lower().replace("-", " "))
    assert number in page.text
    assert "17" in page.text, "ballots that were new"
    there, here = told(evening.site, room.meeting_id, at), told(city.site, room.meeting_id, at)
    assert here == there
    assert [result.sources[0].people for result in here[0]] == [9, 5, 3], "telephones"
    assert here[0][0].sources[1].people >= 7, "hands"
    once = city.rows()
    assert {name: once[name] - before[name] for name in ("Meeting", "Poll", "Spec", "Ballot", "OpenAnswer")} == {
        "Meeting": 1, "Poll": 3, "Spec": 3, "Ballot": 17, "OpenAnswer": 3,
    }  # fmt: skip
    city.bring(data, number)
    assert city.rows() == once
    assert told(city.site, room.meeting_id, at) == there

    city.who.post(f"/fr/staff{city.world.path}/meetings/{room.meeting_id}/minutes/publish")
    evening.count((6, 2, 0), (6, 2, 0))
    for what in ("show", "answered"):
        room.facilitator.post(f"{room.staff}/questions/1/{what}")
    room.facilitator.post(f"{room.staff}/present", {"present": "45"})
    words = texts_of(city.site)
    evening.erase()
    grown, newer = evening.bundle()
    assert newer != number
    city.bring(grown, newer)
    there = told(evening.site, room.meeting_id, at)
    assert told(city.site, room.meeting_id, at) == there
    assert there[0][0].sources[1].votes == (6, 2, 0)
    assert city.rows()["Ballot"] == once["Ballot"]
    with city.site.database.reading() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        assert meeting.minutes_at is not None, "what the city published stays published"
    assert texts_of(city.site) == texts_of(evening.site) != words, "what was erased there is erased here"
    assert "plus récent" in city.bring(data, number, status=409).text
    assert_nothing_joins(city, room)


def assert_nothing_joins(city: City, room: Assembly) -> None:
    """Ballots are sealed with the city's; no mark, no key, nobody new who could sign in."""
    with city.site.database.writing() as session:
        ledger.seal(session, city.world.process_id, city.site.at, rewritten=True)
        assert ledger.verify_chain(session, city.world.process_id).holds
        spec_ids = session.execute(select(col(Spec.id)).where(col(Spec.series) != "")).scalars().all()
        assert not session.execute(select(col(Mark.voter_hash)).where(col(Mark.spec_id).in_(spec_ids))).all()
        team = session.execute(select(Account).where(col(Account.name).contains(room.code))).scalars().all()
        assert len(team) == 3
        assert not any(account.is_active or account.password_hash for account in team)
    assert not any((city.site.settings.keys_dir / f"{spec_id}.key").exists() for spec_id in spec_ids)


def again(data: bytes, change: Callable[[dict[str, Any]], None]) -> tuple[bytes, str]:
    """The bundle as a forger would send it: changed, packed anew, with the number that belongs to it."""
    content = json.loads(content_of(data))
    change(content)
    text = canonical_json(content).encode()
    return packed(text), grouped(control_number(text))


def first_vote(content: dict[str, Any]) -> dict[str, Any]:
    """A ballot for A."""
    return next(ballot for ballot in content["ballots"] if '[["a",1]]' in ballot["choices"])


def turned(content: dict[str, Any]) -> None:
    first_vote(content)["choices"] = '{"q":[["b",1]]}'


def turned_and_sealed(content: dict[str, Any]) -> None:
    """Its commitment is made anew: only the figures tell."""
    ballot = first_vote(content)
    ballot["choices"] = '{"q":[["b",1]]}'
    row = {"rejection": None, "batch_id": None, "batch_round": None, **ballot}
    ballot["commitment"] = commitment(row)


def dropped(content: dict[str, Any]) -> None:
    content["ballots"].remove(first_vote(content))


def doubled(content: dict[str, Any]) -> None:
    content["ballots"].append(first_vote(content))


def many_agenda_points(content: dict[str, Any]) -> None:
    content["meeting"]["agenda"] = [{"hour": "", "title": {"fr": "Plan"}, "url": ""}] * 301


def more_figures(content: dict[str, Any]) -> None:
    content["figures"][0]["people"] += 1


def other_words(content: dict[str, Any]) -> None:
    content["words"][0]["text"] = "Rien"


def other_promise(content: dict[str, Any]) -> None:
    for spec in content["specs"]:
        spec["content"] = spec["content"].replace("Prairie", "Stade")


def left_open(content: dict[str, Any]) -> None:
    content["windows"] = [window for window in content["windows"] if window["kind"] != "intake_closed"]


def another_act(content: dict[str, Any]) -> None:
    data = {"meeting_id": content["meeting"]["id"], "role": "administrator"}
    content["log"][0] |= {"kind": "role-granted", "data": data}


def of_nobody(content: dict[str, Any]) -> None:
    content["questions"][0]["meeting_id"] = str(uuid.uuid4())


def script(content: dict[str, Any]) -> None:
    content["meeting"]["agenda"] = [{"hour": "", "title": {"fr": "Plan"}, "url": "javascript:alert(1)"}]


def more_keys(content: dict[str, Any]) -> None:
    content["ballots"][0]["device_hash"] = "x"


def wrong_kind(content: dict[str, Any]) -> None:
    content["meeting"]["expected"] = "many"


def no_sense(content: dict[str, Any]) -> None:
    """A row that only the database refuses."""
    content["meeting"]["expected"] = -1


def nul(content: dict[str, Any]) -> None:
    content["meeting"]["place"] = "Sal\0le"


def words_twice(content: dict[str, Any]) -> None:
    """One person's words, as if two had written them."""
    content["words"].append(content["words"][0] | {"id": str(uuid.uuid4())})


def fewer_cards(content: dict[str, Any]) -> None:
    content["cards"] = content["cards"][:1]


def another_door(content: dict[str, Any]) -> None:
    """As if its ballots were those of devices, of which nobody keeps a number."""
    content["meeting"]["door"] = "device"


def another_title(content: dict[str, Any]) -> None:
    """The minutes would show a question that nobody was asked."""
    content["polls"][0]["title"] = {"fr": "Voulez-vous payer plus?"}


def before_all_calendars(content: dict[str, Any]) -> None:
    """No page could tell this hour in Montréal."""
    content["meeting"]["starts_at"] = "0001-01-01T00:00:00Z"


def no_title(content: dict[str, Any]) -> None:
    content["meeting"]["title"] = {}


def newer_program(content: dict[str, Any]) -> None:
    content["version"] = 2


def words_under_another_name(content: dict[str, Any]) -> None:
    content["words"][0]["id"] = str(uuid.uuid4())


FORGED = {
    turned: "celui qui a été scellé",
    turned_and_sealed: "ne sortent pas de ses votes",
    dropped: "ne sortent pas de ses votes",
    doubled: "deux fois",
    more_figures: "ne sortent pas de ses votes",
    other_words: "celle qui a été donnée",
    other_promise: "l’empreinte",
    left_open: "n’est pas réglé",
    another_act: "qui ne se pose pas dans une salle",
    of_nobody: "une autre rencontre",
    many_agenda_points: "n’est pas comme elle doit être",
    script: "n’est pas comme elle doit être",
    more_keys: "n’est pas comme elle doit être",
    wrong_kind: "n’est pas comme elle doit être",
    no_sense: "incompatible",
    words_twice: "celle qui a été donnée",
    fewer_cards: "plus de votes que de cartes",
    another_door: "que son sondage a posée",
    another_title: "que son sondage a posée",
    before_all_calendars: "n’est pas comme elle doit être",
    no_title: "n’est pas comme elle doit être",
    nul: "que personne ne tape",
    newer_program: "une autre version",
}


def test_what_was_changed_on_the_way_is_refused_in_words_and_nothing_is_kept(
    evening: Evening, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, number = evening.bundle()
    before = city.rows()

    def refused(said: str, file: bytes, typed: str = number, status: tuple[int, ...] = (422,)) -> None:
        answer = city.who.client.post(
            f"/fr/staff{city.world.path}/meetings/bring",
            data={"control": typed, "csrf_token": city.token()},
            files={"file": ("meeting.zip", file, "application/zip")},
        )
        assert answer.status_code in status, f"{said}: {answer.status_code}"
        assert said in Page(answer.text).text
        assert "Rien n’a été conservé" in Page(answer.text).text or said.startswith("Choisissez")
        assert city.rows() == before, said

    refused("Choisissez le fichier", b"")
    refused("endommagé", data[: len(data) // 2])
    refused("endommagé", data[:200] + bytes(20) + data[220:])
    refused("endommagé", b"not a bundle at all" * 50)
    refused("n’est pas le paquet", packed(content_of(data), "autre.json"))
    refused("n’est pas le paquet", packed(b"[" * 100_000))
    refused("n’est pas le paquet", packed(b'{"format": "something else"}'))
    refused("n’est pas le paquet", packed(content_of(data), method=zipfile.ZIP_LZMA))
    refused("n’est pas le paquet", with_entries(300))
    refused("n’est pas le paquet", with_entries(300, told=1))
    refused("n’est pas le paquet", with_entries(70_000))
    refused("endommagé", data[:-2] + b"\x01\x00!")
    wide = {str(place): 0 for place in range(packing.MOST_KEYS + 1)}
    refused("n’est pas le paquet", packed(canonical_json({"format": "participation-meeting", **wide}).encode()))
    for depth in (400, 900, 960, 990):
        deep = b'{"format": "participation-meeting", "version": 1, "zone": ' + b"[" * depth + b"]" * depth + b"}"
        refused("Rien n’a été conservé", packed(deep))
    refused("a été mal lu", data, number[:-1] + ("A" if number[-1] != "A" else "B"))
    refused("numéro de contrôle a été affiché", again(data, turned_and_sealed)[0])
    for change, said in FORGED.items():
        refused(said, *again(data, change), status=(409, 422))
    with monkeypatch.context() as smaller:
        smaller.setattr(packing, "LARGEST", 1000)
        refused("plus gros", data)
    with monkeypatch.context() as smaller:
        smaller.setattr(packing, "MOST_MARKS", 1000)
        refused("plus gros", data)
    city.bring(data, number)
    assert told(city.site, evening.room.meeting_id, city.site.at) == told(
        evening.site, evening.room.meeting_id, city.site.at
    )
    before = city.rows()
    refused("ne contiendrait pas", *again(data, words_under_another_name), status=(409,))


def test_decisions_on_words_need_the_right_of_whoever_decides_here(
    evening: Evening, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, number = evening.bundle()
    before = city.rows()
    runs_only = ROLE_PERMISSIONS[Role.FACILITATOR] - {Permission.FLOOR_MODERATE}
    with monkeypatch.context() as narrower:
        narrower.setitem(ROLE_PERMISSIONS, Role.FACILITATOR, runs_only)
        city.bring(data, number, status=403)
    assert city.rows() == before
    city.bring(data, number)


def test_what_belongs_to_others_is_never_touched(evening: Evening, city: City) -> None:
    """Another process of the same city, a promise with other words, the system where the meeting was held."""
    data, number = evening.bundle()
    files = {"file": ("meeting.zip", data, "application/zip")}
    address = f"/fr/staff{evening.room.world.path}/meetings/bring"
    answer = evening.room.facilitator.post(address, {"control": number}, status=409, files=files)
    assert "tenue dans ce système même" in Page(answer.text).text

    with city.site.database.writing() as session:
        known = json.loads(content_of(data))["specs"][0]
        row: dict[str, Any] = {
            "process_id": city.world.process_id,
            "published_at": city.site.at,
            "version": 1,
            "series": "x",
        }
        session.add(Spec(id=uuid.UUID(known["id"]), content=known["content"], digest="0" * 64, **row))
    before = city.rows()
    assert "un autre énoncé" in city.bring(data, number, status=409).text
    assert city.rows() == before
    outsider = city.site.signed_in(
        build_account(city.site.database, "Olga", [Role.OBSERVER], city.world.organisation_id)
    )
    outsider.get(f"/fr/staff{city.world.path}/meetings/bring", status=403)
    outsider.post(f"/fr/staff{city.world.path}/meetings/bring", {"control": number}, status=403, files=files)


def test_a_meeting_may_stand_alone_in_the_city_and_stays_where_it_is(evening: Evening, city: City) -> None:
    """Brought in from the page of the organisation; then no other process can take it."""
    data, number = evening.bundle()
    files, address = {"file": ("meeting.zip", data, "application/zip")}, "/fr/staff/ville/meetings/bring"
    assert "une rencontre à part" in city.who.get_page(address).text
    where = city.who.post(address, {"control": number}, files=files).headers["location"]
    assert number in city.who.get_page(where).text
    once = city.rows()
    assert city.who.post(address, {"control": number}, files=files).headers["location"] == where
    assert city.rows() == once
    meeting_id, at = evening.room.meeting_id, city.site.at
    assert told(city.site, meeting_id, at) == told(evening.site, meeting_id, at)
    assert "une autre démarche" in city.bring(data, number, status=409).text
    other = build_world(city.site.database, city.site.keys, slug="autre")
    account = build_account(city.site.database, "Denis", [Role.FACILITATOR], other.organisation_id)
    stranger, before = city.site.signed_in(account), city.rows()
    stranger.post("/fr/staff/ville-autre/meetings/bring", {"control": number}, files=files, status=409)
    stranger.post(address, {"control": number}, files=files, status=404)
    assert city.rows() == before
