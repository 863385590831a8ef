"""The outbox: once for one key, later where the server says later, never twice where nobody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from participation import mail
from participation.db import Database
from participation.mail import KEPT, WAITS, Letter, MailState, OutgoingMail
from participation.settings import Settings
from tests.builders import NOON
from tests.conftest import SECRET
from tests.post_office import post_office


def letter(key: str = "one", **more: str) -> Letter:
    values = {
        "purpose": "news", "sender": "Office fictif", "recipient": "lea@example.org", "locale": "fr",
        "subject": "Été: où en est-on?", "body": "Bonjour,\n\nlisez <ceci>:\nhttps://example.org/fr?a=1&b=2\n",
    }  # fmt: skip
    return Letter(key, **{**values, **more})


def put(database: Database, *letters: Letter) -> list[bool]:
    with database.writing() as session:
        return [mail.queue(session, each, at=NOON) for each in letters]


def only(database: Database) -> OutgoingMail:
    with database.reading() as session:
        row: OutgoingMail = session.execute(select(OutgoingMail)).scalar_one()
        return row


def test_a_letter_waits_without_a_server_and_leaves_once_with_one(database: Database, settings: Settings) -> None:
    first = letter(one_click="https://example.org/stop")
    assert put(database, first, first) == [True, False], "one letter for one key"
    assert mail.send_waiting(database, settings, NOON) == 0
    assert only(database).state is MailState.WAITING
    with post_office() as office:
        settings.smtp_url = SecretStr(office.url)
        assert [mail.send_waiting(database, settings, NOON) for _turn in range(2)] == [1, 0]
    (got,) = office.letters
    assert got["Subject"] == "Été: où en est-on?"
    assert got["From"] == "Office fictif <no-reply@127.0.0.1>"
    assert got["List-Unsubscribe"] == "<https://example.org/stop>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"].endswith("@127.0.0.1>")
    assert got["Date"].datetime == NOON.replace(microsecond=0)
    plain, page = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert "lisez <ceci>" in plain.get_content()
    assert page is not None
    assert "&lt;ceci&gt;" in page.get_content()
    assert '<a href="https://example.org/fr?a=1&amp;b=2">' in page.get_content()
    with database.writing() as session:
        mail.forget_mail(session, NOON + KEPT)
        assert mail.numbers(session) == {MailState.SENT: 1}
        mail.forget_mail(session, NOON + KEPT + timedelta(seconds=1))
        assert mail.numbers(session) == {}, "nothing of anybody stays"


def test_what_the_server_answers_decides(database: Database, settings: Settings) -> None:
    put(database, letter())
    with post_office() as office:
        settings.smtp_url = SecretStr(office.url)
        office.to_recipient, at = "450 later", NOON
        mail.send_waiting(database, settings, at)
        assert only(database).state is MailState.WAITING
        assert mail.send_waiting(database, settings, at + WAITS[0] / 2) == 0
        assert only(database).attempts == 1, "not before its time"
        for wait in WAITS:
            at += wait
            mail.send_waiting(database, settings, at)
        row = only(database)
        assert (row.state, row.attempts) == (MailState.REFUSED, len(WAITS) + 1)
        put(database, letter("two"))
        office.to_recipient, office.after_letter = "250 ok", ""
        mail.send_waiting(database, settings, at)
        office.after_letter = "250 ok"
        mail.send_waiting(database, settings, at + KEPT)
        assert len(office.letters) == 1, "where nobody knows whether it went, it is not sent again"
    with database.reading() as session:
        assert mail.numbers(session) == {MailState.REFUSED: 1, MailState.DOUBTFUL: 1}


def test_a_server_that_is_away_costs_nothing(database: Database, settings: Settings) -> None:
    put(database, letter())
    settings.smtp_url = SecretStr("smtp://127.0.0.1:1")
    assert mail.send_waiting(database, settings, NOON) == 0
    assert only(database).state is MailState.WAITING


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail.example.org", "smtp://"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="SMTP_URL"):
        Settings(secret_key=SecretStr(SECRET), smtp_url=SecretStr(url))
