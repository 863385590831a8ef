"""Letters: codes that only the letter has, parts made again with others, addresses that do not outlive them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from participation.accounts.models import Role
from participation.db import metadata
from participation.paper.models.prints import PrintState
from participation.paper.remote import letter_job, letters
from participation.paper.remote.letters import PartRow
from participation.paper.sheets.print_job import Press
from participation.processes.completeness import LEAVE_BEFORE
from participation.register import queries as register_queries
from participation.register.identity import is_code, normalise_code
from participation.register.models import CodeState
from tests.builders import CLOSES, NOON, build_account
from tests.client import Browser, Page, Site
from tests.paper.clerks import Office, open_office, register_voters
from tests.printing.reading import read

HEADING = "register_number;nom;adresse;ville;code postal;langue;gros caractères"
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")


@pytest.fixture
def office(site: Site) -> Office:
    office = open_office(site)
    register_voters(office, 12)
    return office


@pytest.fixture
def admin(office: Office) -> Browser:
    return office.site.signed_in(
        build_account(office.site.database, "Codes", [Role.ADMINISTRATOR], office.world.organisation_id)
    )


@pytest.fixture
def press(office: Office, monkeypatch: pytest.MonkeyPatch) -> Press:
    monkeypatch.setattr(letters, "PART", 4)
    return Press(office.site.database, office.site.settings, lambda: office.site.at)


def line(voter: int, more: str = "fr;") -> str:
    return f"V{voter:05d};Éloïse Nguyễn {voter};{voter}, rue Saint-Denis;Montréal;H2X 1Y4;{more}"


def listed(*lines: str) -> str:
    return "\n".join([HEADING, *lines])


def order(office: Office, admin: Browser, lines: str, *, status: int = 303, nonce: str = "") -> str:
    form = {"nonce": nonce or uuid.uuid4().hex, "paper": "letter", "lines": lines}
    return admin.post(f"{office.base}/letters", form, status=status).text


def work(office: Office, press: Press) -> None:
    """What the worker does until nothing waits."""
    job = letter_job.letter_work(press, office.site.keys)
    for name in job.waiting():
        job.next_step(name)
    assert not job.waiting()


def parts(office: Office) -> list[PartRow]:
    with office.site.database.reading() as session:
        runs = letters.runs_of(session, office.world.spec_row.id)
        found = letters.parts_of(session, [run.id for run in runs])
    return [part for run in runs for part in found[run.id]]


def words_of(path: Path) -> str:
    return read(path.read_bytes()).text


def codes_in(path: Path) -> list[str]:
    return CODE.findall(words_of(path))


def state_of(office: Office, code: str) -> CodeState:
    spec_id = office.world.spec_row.id
    hashed = office.site.keys.code_hash(spec_id, normalise_code(code))
    with office.site.database.reading() as session:
        return register_queries.codes(session, spec_id, [hashed])[hashed].state


def test_each_letter_has_a_code_that_works_and_the_address_it_goes_to(
    office: Office, admin: Browser, press: Press
) -> None:
    order(office, admin, listed(*(line(voter) for voter in range(1, 7))))
    work(office, press)
    files = [letter_job.file(press, part) for part in parts(office)]
    codes = [code for path in files for code in codes_in(path)]
    assert [part.letters for part in parts(office)] == [4, 2]
    assert len(set(codes)) == 6
    for code in codes:
        assert is_code(normalise_code(code))
        assert state_of(office, code) is CodeState.UNUSED
    assert "6, rue Saint-Denis" in words_of(files[1])
    assert "514 555-0100" in words_of(files[0])
    assert (files[0].stat().st_mode & 0o077, files[0].parent.stat().st_mode & 0o077) == (0, 0)


def test_large_print_and_language_are_parts_of_their_own(office: Office, admin: Browser, press: Press) -> None:
    order(office, admin, listed(line(1), line(2, "en;x"), line(3, "en;"), line(4, ";")))
    work(office, press)
    found = parts(office)
    assert [(part.language, part.large, part.letters) for part in found] == [
        ("en", False, 1), ("en", True, 1), ("fr", False, 2),
    ]  # fmt: skip
    assert "Your code to vote" in words_of(letter_job.file(press, found[1]))


def everything(office: Office) -> Iterator[tuple[str, str]]:
    with office.site.database.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.execute(text(f'SELECT * FROM "{table.name}"')).mappings():
                yield table.name, " ".join(str(value) for value in row.values())


def test_no_code_and_no_name_lies_anywhere_but_on_the_letters(office: Office, admin: Browser, press: Press) -> None:
    order(office, admin, listed(line(1), line(2)))
    work(office, press)
    (part,) = parts(office)
    codes = codes_in(letter_job.file(press, part))
    for table, words in everything(office):
        assert not [code for code in codes if code in words or normalise_code(code) in words], table
        assert "Nguy" not in words, f"a name in clear in {table}"
    for path in office.site.settings.files_dir.rglob("*"):
        assert path.is_dir() or path == letter_job.file(press, part)


def test_delivered_the_addresses_their_key_and_the_file_are_gone(office: Office, admin: Browser, press: Press) -> None:
    order(office, admin, listed(*(line(voter) for voter in range(1, 7))))
    work(office, press)
    first, second = parts(office)
    keys = office.site.settings.keys_dir
    path = f"{office.base}/letters/{first.run_id}"
    admin.get(f"{path}/1/letters.pdf")
    admin.post(f"{path}/1/delivered")
    assert (keys / f"{first.run_id}.key").exists(), "the other part still needs it"
    admin.post(f"{path}/1/delivered", status=409)
    admin.post(f"{path}/2/delivered")
    assert not (keys / f"{first.run_id}.key").exists()
    assert not [table for table, _words in everything(office) if table == "letter_name"]
    assert not letter_job.file(press, first).exists()
    assert not letter_job.file(press, second).exists()
    with office.site.database.reading() as session:
        kinds = list(session.execute(text("SELECT kind FROM event ORDER BY at")).scalars())
    assert kinds.count("letters-delivered") == 2
    assert kinds.count("addresses-destroyed") == 1
    admin.get(f"{path}/1/letters.pdf", status=409)


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("where", ["render", "write_whole", "note_ready"])
def test_killed_in_the_middle_the_codes_that_were_made_are_cancelled(
    where: str, office: Office, admin: Browser, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(office, admin, listed(line(1), line(2)))
    owner = letters if where == "note_ready" else letter_job

    def killed(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, where, killed)
        with pytest.raises(Killed):
            work(office, press)
    work(office, press)
    (part,) = parts(office)
    codes = codes_in(letter_job.file(press, part))
    with office.site.database.reading() as session:
        figures = register_queries.code_figures(session, office.world.spec_row.id)
    assert (figures.made, figures.unused, figures.cancelled) == (4, 2, 2)
    assert {state_of(office, code) for code in codes} == {CodeState.UNUSED}


def test_a_part_that_was_lost_is_made_again_and_its_first_codes_never_worked(
    office: Office, admin: Browser, press: Press
) -> None:
    order(office, admin, listed(line(1), line(2)))
    work(office, press)
    (part,) = parts(office)
    path = letter_job.file(press, part)
    lost = codes_in(path)
    admin.post(f"{office.base}/letters/{part.run_id}/1/again")
    assert {state_of(office, code) for code in lost} == {CodeState.CANCELLED}, "at once, not when it is printed"
    assert not path.exists()
    work(office, press)
    assert not set(lost) & set(codes_in(path))


def test_given_up_letters_leave_no_code_and_no_address(office: Office, admin: Browser, press: Press) -> None:
    order(office, admin, listed(line(1)))
    work(office, press)
    (part,) = parts(office)
    codes = codes_in(letter_job.file(press, part))
    office.site.at = NOON + letters.KEPT + timedelta(hours=1)
    letter_job.tidy(press, office.site.keys)
    assert parts(office)[0].state is PrintState.DROPPED
    assert state_of(office, codes[0]) is CodeState.CANCELLED
    assert not list((office.site.settings.files_dir / "letters").glob("*"))
    assert not (office.site.settings.keys_dir / f"{part.run_id}.key").exists()


@pytest.mark.parametrize(
    "lines",
    [
        "a;b\n1;2",
        listed(),
        listed(line(99)),
        listed(line(1), line(1)),
        listed(line(1).replace("H2X 1Y4", "90210")),
        listed("V00001;;1, rue X;Montréal;H2X 1Y4;fr;"),
        listed("V00001;" + "x" * 61 + ";1, rue X;Montréal;H2X 1Y4;fr;"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_kept(lines: str, office: Office, admin: Browser) -> None:
    order(office, admin, lines, status=422)
    assert parts(office) == []


def test_whoever_has_a_code_gets_no_second_one_by_letter(office: Office, admin: Browser, press: Press) -> None:
    order(office, admin, listed(line(1)))
    work(office, press)
    assert "V00001" in Page(order(office, admin, listed(line(1)), status=422)).text


def test_a_list_sent_twice_is_one_run(office: Office, admin: Browser) -> None:
    for _time in range(2):
        order(office, admin, listed(line(1)), nonce="same")
    assert len(parts(office)) == 1


def test_a_lost_code_is_cancelled_and_comes_as_a_letter_that_is_kept_nowhere(
    office: Office, admin: Browser, press: Press, tmp_path: Path
) -> None:
    order(office, admin, listed(line(1)))
    work(office, press)
    (part,) = parts(office)
    (lost,) = codes_in(letter_job.file(press, part))
    form = {
        "register_number": "V00001", "name": "Zoé Perdue", "address": "1, rue X", "city": "Montréal",
        "postal_code": "h2x1y4", "language": "en", "large": "1",
    }  # fmt: skip
    answer = admin.post(f"{office.base}/letters/lost", form, status=200)
    (tmp_path / "lost.pdf").write_bytes(answer.content)
    (code,) = codes_in(tmp_path / "lost.pdf")
    assert (state_of(office, lost), state_of(office, code)) == (CodeState.CANCELLED, CodeState.UNUSED)
    assert answer.headers["cache-control"] == "no-store"
    assert not [table for table, words in everything(office) if "Perdue" in words or code in words]
    admin.post(f"{office.base}/letters/lost", {"register_number": "V99999"}, status=422)


def test_the_page_says_when_letters_leave_too_late(office: Office, admin: Browser) -> None:
    assert "trop tard" not in admin.get_page(f"{office.base}/letters").text
    office.site.at = CLOSES - LEAVE_BEFORE + timedelta(minutes=1)
    late = office.site.signed_in(
        build_account(office.site.database, "Late", [Role.ADMINISTRATOR], office.world.organisation_id)
    )
    assert "trop tard" in late.get_page(f"{office.base}/letters").text


def test_only_who_manages_codes_meets_letters(office: Office) -> None:
    for clerk in (office.intake, office.first, office.third):
        clerk.get(f"{office.base}/letters", status=403)
        clerk.post(f"{office.base}/letters", {"nonce": "n"}, status=403)
        clerk.post(f"{office.base}/letters/lost", {}, status=403)
        clerk.get(f"{office.base}/letters/{uuid.uuid4()}/1/letters.pdf", status=403)
        for act in ("delivered", "again", "drop"):
            clerk.post(f"{office.base}/letters/{uuid.uuid4()}/1/{act}", {}, status=403)
