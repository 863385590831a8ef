"""What a keying station sends and asks over HTTP: many forms at once, again and again, by the right person only."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.client import QueryCount, Site
from tests.paper.clerks import Office, open_batch, open_office


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


@pytest.fixture
def batch(office: Office) -> str:
    address = open_batch(office, 50)
    office.first.post(f"{address}/start")
    return address


def state(office: Office, batch: str) -> dict[str, Any]:
    found: dict[str, Any] = office.first.get(f"{batch}/key/state").json()
    return found


def form(position: int, typed: str, nonce: str = "", **more: str) -> dict[str, str]:
    return {"position": str(position), "nonce": nonce or uuid.uuid4().hex, "numbers.ville": typed, **more}


def send(office: Office, batch: str, *forms: dict[str, str], status: int = 200, **more: str) -> list[dict[str, Any]]:
    data = {"pass": state(office, batch)["pass"], "forms": json.dumps(forms), **more}
    answer = office.first.post(f"{batch}/keyings", data, status=status)
    answers: list[dict[str, Any]] = answer.json()["answers"] if status == 200 else []
    return answers


def keyed(office: Office, batch: str) -> list[tuple[int, str]]:
    return [(each["position"], each["fields"]["numbers.ville"]) for each in state(office, batch)["forms"]]


def test_forms_that_waited_arrive_in_order_and_again_changes_nothing(office: Office, batch: str) -> None:
    waiting = [form(place, typed) for place, typed in enumerate(["1 3", "2", "4 1"], 1)]
    assert [each["outcome"] for each in send(office, batch, *waiting)] == ["saved"] * 3
    assert [each["outcome"] for each in send(office, batch, *waiting)] == ["same"] * 3
    assert keyed(office, batch) == [(1, "1 3"), (2, "2"), (3, "4 1")]


def test_a_correction_arrives_whether_or_not_what_it_corrects_did(office: Office, batch: str) -> None:
    send(office, batch, form(1, "1", "a"))
    send(office, batch, form(1, "2", "c", replaces="b a"), form(2, "3", "e", replaces="d"))
    assert keyed(office, batch) == [(1, "2"), (2, "3")]
    assert [each["outcome"] for each in send(office, batch, form(1, "2", "c", replaces="b a"))] == ["same"]


def test_what_another_window_saved_is_told_and_not_overwritten(office: Office, batch: str) -> None:
    send(office, batch, form(1, "1", "one window"))
    (answer,) = send(office, batch, form(1, "2", "another"))
    assert (answer["outcome"], answer["held"]["fields"]["numbers.ville"]) == ("held", "1")
    assert keyed(office, batch) == [(1, "1")]


def test_a_form_that_cannot_be_read_keeps_no_other_back(office: Office, batch: str) -> None:
    answers = send(office, batch, form(1, ""), form(2, "3"), form(3, "", ruling="over"))
    assert [each["outcome"] for each in answers] == ["refused", "saved", "saved"]
    assert answers[0]["message"]


def test_nobody_sends_what_another_person_keyed(office: Office, batch: str) -> None:
    theirs = state(office, batch)["pass"]
    office.second.post(f"{batch}/start")
    data = {"pass": theirs, "forms": json.dumps([form(1, "1")])}
    office.second.post(f"{batch}/keyings", data, status=409)
    office.third.post(f"{batch}/keyings", data, status=403)
    assert keyed(office, batch) == []


def test_forms_are_refused_whole_where_the_request_is_no_list_of_forms(office: Office, batch: str) -> None:
    for forms in ("{", "[1]", '{"a": 1}', json.dumps([form(1, "1")] * 61)):
        office.first.post(f"{batch}/keyings", {"pass": state(office, batch)["pass"], "forms": forms}, status=422)


def test_a_finished_pass_takes_no_more(office: Office, batch: str) -> None:
    mine = state(office, batch)["pass"]
    send(office, batch, form(1, "1"))
    office.first.post(f"{batch}/finish")
    office.first.post(f"{batch}/keyings", {"pass": mine, "forms": json.dumps([form(2, "1")])}, status=409)


def test_the_screen_that_is_put_aside_holds_no_form(office: Office, batch: str) -> None:
    send(office, batch, form(1, "1 3"))
    shell = office.first.get_page(f"{batch}/key/shell")
    assert (shell.value_of("position"), shell.value_of("numbers.ville"), shell.value_of("replaces")) == ("1", "", "")
    assert office.first.get_page(f"{batch}/key").value_of("position") == "2"


def test_a_place_where_nothing_is_keyed_is_named_before_finishing(office: Office) -> None:
    address = open_batch(office, 3)
    office.first.post(f"{address}/start")
    send(office, address, form(1, "1"), form(3, "2"))
    page = office.first.get_page(f"{address}/key".replace("/fr/", "/en/"))
    assert "Nothing is keyed at place 2." in page.text


def test_a_station_needs_few_queries_for_many_forms(office: Office, batch: str) -> None:
    mine = state(office, batch)["pass"]
    data = {"pass": mine, "forms": json.dumps([form(place, "1") for place in range(1, 41)])}
    with QueryCount(office.site) as made:
        office.first.post(f"{batch}/keyings", data, status=200)
    assert made.number <= 50, made.statements
