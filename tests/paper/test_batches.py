"""A batch from its header to the box, over HTTP, by three people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from participation.accounts.models import Role
from participation.ballots.models import BallotRejection
from participation.ballots.queries import stream_ballots
from participation.counting.answers import decode
from participation.counting.spec import RulingKind
from participation.paper import queries
from participation.paper.balance import batch_figures, place_figures
from participation.register import queries as register_queries
from tests.builders import build_account
from tests.client import Page, QueryCount, Site
from tests.paper.clerks import Office, accept, key, key_one, open_batch, open_office, settle, signed


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def box(office: Office) -> list[tuple[RulingKind, BallotRejection | None, str]]:
    with office.site.database.reading() as session:
        rows = list(stream_ballots(session, office.world.spec_row.id))
    return sorted((row.ruling, row.rejection, row.choices) for row in rows)


def chosen(office: Office) -> list[tuple[str, ...]]:
    return sorted(tuple(option for option, _value in dict(decode(choices))["ville"]) for _r, _j, choices in box(office))


def test_two_clerks_who_agree_put_their_batch_into_the_box(office: Office) -> None:
    accept(office, 3)
    batch = open_batch(office, 3)
    key(office.first, batch, ["1 3", "02", "blank"])
    key(office.second, batch, ["3 01", "2", "blank"])
    office.first.post(f"{batch}/close")
    assert chosen(office) == [(), ("1", "3"), ("2",)]
    rulings = [ruling for ruling, _reason, _choices in box(office)]
    assert rulings == [RulingKind.BLANK, RulingKind.VALID, RulingKind.VALID]


def test_closing_twice_casts_once(office: Office) -> None:
    accept(office, 1)
    batch = open_batch(office, 1)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1"])
    office.first.post(f"{batch}/close")
    office.second.post(f"{batch}/close")
    assert len(box(office)) == 1


def test_a_header_sent_twice_is_one_batch(office: Office) -> None:
    one = open_batch(office, 5, nonce="same header")
    assert open_batch(office, 5, nonce="same header") == one
    assert open_batch(office, 5) != one


def test_a_form_saved_twice_is_one_keying(office: Office) -> None:
    batch = open_batch(office, 2)
    office.first.post(f"{batch}/start")
    for _again in range(2):
        key_one(office.first, batch, 1, "1 3", nonce="one form")
    page = office.first.get_page(f"{batch}/key")
    assert page.value_of("position") == "2"
    assert "1 of 2" in office.first.get_page(f"{batch}/key".replace("/fr/", "/en/")).text


def test_two_windows_that_save_the_same_form_at_once(office: Office) -> None:
    batch = open_batch(office, 2)
    office.first.post(f"{batch}/start")
    key_one(office.first, batch, 1, "1 3", nonce="window one")
    form = {"position": "1", "nonce": "window two", "numbers.ville": "2"}
    page = Page(office.first.post(f"{batch}/key", form, status=409).text)
    assert page.value_of("numbers.ville") == "1 3", "what is saved is shown"
    assert page.value_of("replaces") == "window one"
    office.first.post(f"{batch}/key", form | {"nonce": "window three", "replaces": "window one"})
    assert office.first.get_page(f"{batch}/key?position=1").value_of("numbers.ville") == "2"


def test_back_skip_and_resume_lead_to_the_right_form(office: Office) -> None:
    batch = open_batch(office, 4)
    office.first.post(f"{batch}/start")
    for position, typed in ((1, "1"), (2, "skip"), (3, "blank")):
        key_one(office.first, batch, position, typed)
    back = office.first.post(f"{batch}/key", {"position": "4", "nonce": "n", "ruling": "back"})
    assert back.headers["location"].endswith("position=3")
    assert office.first.get_page(f"{batch}/key").value_of("position") == "4"
    office.first.post(f"{batch}/finish")
    office.first.post(f"{batch}/key", {"position": "2", "nonce": "late", "numbers.ville": "2"}, status=409)
    office.first.post(f"{batch}/resume")
    key_one(office.first, batch, 2, "2")


def test_nothing_typed_is_not_a_blank(office: Office) -> None:
    batch = open_batch(office, 1)
    office.first.post(f"{batch}/start")
    office.first.post(f"{batch}/key", {"position": "1", "nonce": "n", "numbers.ville": " "}, status=422)


def test_an_unknown_number_is_kept_and_settled_by_a_third_person(office: Office) -> None:
    accept(office, 2)
    batch = open_batch(office, 2)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1 48", "2"])
    office.first.post(f"{batch}/close", status=409)
    assert not box(office)
    shown = settle(office.third, batch, 1, {"numbers.ville": "1 43"}, {"numbers.ville": "1 4", "ruling": ""})
    assert "48" in shown.text
    assert "43" in shown.text
    office.first.post(f"{batch}/close")
    assert chosen(office) == [("1", "4"), ("2",)]


def test_too_many_choices_are_rejected_by_a_person_and_kept_as_read(office: Office) -> None:
    accept(office, 1)
    batch = open_batch(office, 1)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1 2 3"])
    office.first.post(f"{batch}/close", status=409)
    office.third.post(f"{batch}/adjudicate/1", {"numbers.ville": "1 2 3"})
    office.third.post(f"{batch}/adjudicate/1/settle", {"numbers.ville": "1 2 3", "ruling": ""}, status=422)
    office.third.post(f"{batch}/adjudicate/1/settle", {"numbers.ville": "1 2 3", "ruling": "over"})
    office.first.post(f"{batch}/close")
    ((ruling, reason, choices),) = box(office)
    assert (ruling, reason) == (RulingKind.REJECTED, BallotRejection.OVER)
    assert dict(decode(choices))["ville"] == (("1", 1), ("2", 1), ("3", 1))


def test_a_sheet_that_is_no_ballot_of_this_vote_is_found_rejected_and_says_nothing(office: Office) -> None:
    accept(office, 2)
    batch, foreign = open_batch(office, 2), {"ruling": "not-ours", "numbers.ville": "1"}
    for clerk in (office.first, office.second):
        key(clerk, batch, [foreign, "2"])
    office.first.post(f"{batch}/close", status=409)
    shown = settle(office.third, batch, 1, foreign, foreign)
    assert shown.text.count("Pas un bulletin de ce vote") == 3, "one's own reading and both keyings"
    office.first.post(f"{batch}/close")
    empty = '{"ville":[]}'
    assert (RulingKind.REJECTED, BallotRejection.NOT_OURS, empty) in box(office)
    with office.site.database.reading() as session:
        (figures,) = (each for each in place_figures(session, office.world.spec_row) if each.place == "C1")
    assert (figures.counted, dict(figures.rejected or {}), figures.open_forms) == (1, {"not-ours": 1}, 0)


def test_the_third_person_reads_before_seeing_the_keyings(office: Office) -> None:
    batch = open_batch(office, 1)
    key(office.first, batch, ["1"])
    key(office.second, batch, ["2"])
    page = office.third.get_page(f"{batch}/adjudicate/1")
    assert "Projet 1" in page.text, "the list to read from"
    assert not [attrs for attrs in page.all("dl") if "facts" in attrs.get("class", "")], "no keying is shown yet"
    office.third.post(f"{batch}/adjudicate/1/settle", {"numbers.ville": "1", "ruling": ""}, status=409)
    settle(office.third, batch, 1, {"numbers.ville": "2"}, {"numbers.ville": "2", "ruling": ""})
    office.third.post(f"{batch}/adjudicate/1", {"numbers.ville": "1"}, status=409)


def test_first_second_and_third_are_three_people(office: Office, site: Site) -> None:
    everything = build_account(
        site.database, "Every Role", [Role.ENTRY_CLERK, Role.ADJUDICATOR], office.world.organisation_id
    )
    jack = site.signed_in(everything)
    batch = open_batch(office, 1)
    key(jack, batch, ["1"])
    jack.post(f"{batch}/start")  # the same pass again, which is finished
    jack.get(f"{batch}/key", status=409)
    key(office.second, batch, ["2"])
    office.first.post(f"{batch}/start", status=409)
    jack.get(f"{batch}/adjudicate/1", status=403)
    jack.post(f"{batch}/adjudicate/1", {"numbers.ville": "1"}, status=403)
    office.third.get_page(f"{batch}/adjudicate/1")


def test_a_second_clerk_sees_nothing_of_the_first(office: Office) -> None:
    batch = open_batch(office, 1)
    key(office.first, batch, ["1 3"])
    office.second.post(f"{batch}/start")
    page = office.second.get_page(f"{batch}/key")
    assert page.value_of("numbers.ville") == ""
    assert "1 3" not in page.text
    office.first.get(f"{batch}/key", status=409)


def test_a_form_that_one_person_left_out_is_settled_and_the_gap_signed(office: Office) -> None:
    accept(office, 3)
    batch = open_batch(office, 3)
    key(office.first, batch, ["1", "2", "3"])
    key(office.second, batch, ["1", "2"])
    settle(office.third, batch, 3, {"ruling": "missing"}, {"ruling": "missing"})
    page = office.first.get_page(batch.replace("/fr/", "/en/"))
    assert "There is no form at place 3." in page.text
    office.first.post(f"{batch}/close", status=409)
    reason = {"kind": "count", "reason": "Form 3 was counted twice by hand."}
    office.first.post(f"{batch}/sign", {"kind": "count", "reason": ""}, status=422)
    office.first.post(f"{batch}/sign", reason)
    office.first.post(f"{batch}/sign", reason, status=409)
    office.first.post(f"{batch}/close", status=409)
    office.second.post(f"{batch}/sign", {**reason, "reason": "The bag was searched twice."})
    office.first.post(f"{batch}/close")
    assert len(box(office)) == 2
    with office.site.database.reading() as session:
        (figures,) = batch_figures(session, office.world.spec_row)
    assert (figures.header, figures.first, figures.second, figures.signed, figures.closed) == (3, 3, 2, True, True)
    assert set(figures.reasons) == {"Form 3 was counted twice by hand.", "The bag was searched twice."}


def test_more_ballots_than_declarations_need_two_signatures(office: Office) -> None:
    accept(office, 1)
    batch = open_batch(office, 2)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1", "2"])
    office.first.post(f"{batch}/close", status=409)
    assert not box(office)
    for clerk in (office.first, office.second):
        clerk.post(f"{batch}/sign", {"kind": "excess", "reason": "A declaration was found in the wrong bag."})
    office.first.post(f"{batch}/close")
    assert len(box(office)) == 2


def test_two_sheets_turned_at_once_are_found_and_only_one_form_is_left_to_settle(office: Office) -> None:
    accept(office, 6)
    batch = open_batch(office, 6)
    key(office.first, batch, ["1", "2", "3", "4", "1 2", "3 4"])
    key(office.second, batch, ["1", "3", "4", "1 2", "3 4"])
    page = office.third.get_page(batch.replace("/fr/", "/en/"))
    assert "From form 2 on, the second keying is one form behind" in page.text
    office.third.post(f"{batch}/shift", {"position": "2"})
    settle(office.third, batch, 2, {"numbers.ville": "2"}, {"numbers.ville": "2", "ruling": ""})
    for clerk in (office.first, office.second):
        clerk.post(f"{batch}/sign", {"kind": "count", "reason": "The second clerk turned two sheets at once."})
    office.first.post(f"{batch}/close")
    assert len(box(office)) == 6


def test_the_board_and_the_batch_say_how_far_it_is(office: Office) -> None:
    batch = open_batch(office, 4)
    office.first.post(f"{batch}/start")
    key_one(office.first, batch, 1, "1")
    board = office.third.get_page(f"/en/staff{office.world.path}/batches")
    assert "being keyed" in board.text
    page = office.first.get_page(batch.replace("/fr/", "/en/"))
    assert "1 of 4 keyed" in page.text
    with office.site.database.reading() as session:
        assert queries.unfinished(session, office.world.spec_row.id) == 1
        assert queries.accounts_who_keyed(session, office.world.spec_row.id) == {office.accounts["first"]}


def test_keying_a_form_takes_few_queries_however_many_there_are(office: Office) -> None:
    batch = open_batch(office, 50)
    key_all = ["1 3"] * 30
    office.first.post(f"{batch}/start")
    for position, typed in enumerate(key_all, 1):
        key_one(office.first, batch, position, typed)
    with QueryCount(office.site) as queries_made:
        key_one(office.first, batch, 31, "2 4")
    assert queries_made.number <= 8, queries_made.statements


def test_the_board_takes_as_many_queries_for_ten_batches_as_for_two(office: Office) -> None:
    def count(number: int) -> int:
        for _batch in range(number):
            batch = open_batch(office, 1)
            for clerk in (office.first, office.second):
                key(clerk, batch, ["1 48"])
        with QueryCount(office.site) as made:
            office.third.get_page(f"{office.base}/batches")
        return made.number

    assert count(2) == count(8) <= 14


def test_place_figures_are_those_of_the_desks(office: Office) -> None:
    accept(office, 2)
    batch = open_batch(office, 2)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1", "blank"])
    office.first.post(f"{batch}/close")
    open_batch(office, 7)
    for kind, amount in (("blanks_received", "10"), ("unused", "8")):
        form = {"nonce": kind, "place": "C1", "kind": kind, "amount": amount}
        office.intake.post(f"{office.base}/intake/stock", form)
        office.intake.post(f"{office.base}/intake/stock", form)
    with office.site.database.reading() as session:
        counter, post = place_figures(session, office.world.spec_row)
        assert register_queries.accepted_at(session, office.world.spec_row.id, office.world.place_id) == 2
    assert (counter.place, counter.accepted, counter.counted, counter.open_forms) == ("C1", 2, 2, 7)
    assert (counter.blanks_received, counter.unused, post.accepted) == (10, 8, 0)


def test_two_browsers_that_save_one_form_in_the_same_instant(office: Office) -> None:
    batch = open_batch(office, 2)
    office.first.post(f"{batch}/start")
    other = office.site.signed_in(office.accounts["first"])
    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(
                browser.client.post, f"{batch}/key", data=signed(office, browser) | form, follow_redirects=False
            )
            for browser, form in (
                (office.first, {"position": "1", "nonce": "a", "numbers.ville": "1"}),
                (other, {"position": "1", "nonce": "b", "numbers.ville": "2"}),
            )
        ]
    assert sorted(answer.result().status_code for answer in sent) == [303, 409]
    with office.site.database.reading() as session:
        (only,) = queries.passes_of(session, [queries.batches_of(session, office.world.spec_row.id)[0].id]).values()
    assert only[0].forms == 1
