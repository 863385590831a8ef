"""Two consultations that differ in their comments alone: 100,000 of them in one, 100 in the other.

Themes, ways, boroughs, languages, states, threads, reports, reactions, letters that many people signed and what else is
in a register are spread as they are in real ones: a few common, many seldom. Questions, briefs, kits, activities and
hearings are as many in both, so that a page that lists them holds the same.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import func, insert, select
from sqlmodel import Session, SQLModel

from participation import search
from participation.consultations.activities.models import Activity, ActivityKind
from participation.consultations.alike import fingerprint
from participation.consultations.analysis.models import AnalysisCode, CodedPassage
from participation.consultations.briefs.models import Brief
from participation.consultations.models import (
    AboutKind,
    Attachment,
    AttachmentRole,
    ConsultationSettings,
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
    ContributionTally,
    ContributionText,
    Contributor,
    Decision,
    Flag,
    ModerationDecision,
    NearText,
    Origin,
    Reaction,
    RefusalReason,
    RefusalTally,
    RegisterCounter,
    Stance,
)
from participation.consultations.questions.models import Question, Respondent
from participation.counting.spec import Capture
from participation.db import core_table, new_id
from participation.i18n import now
from participation.processes import consultation
from participation.processes.models import Process, ProcessKind

TOGETHER, VOCABULARY, WORDS = 5_000, 4_000, 60
QUESTIONS, BRIEFS, KITS = 60, 40, 20
FIRST = (QUESTIONS + BRIEFS + KITS) // 2 + 1
"""The number of the first comment, which has the most replies: a dozen of 100 comments, thousands of 100,000."""
SELDOM = "9"
"""A theme of one comment in a hundred."""
BOROUGHS = [f"Arrondissement {number}" for number in range(1, 20)]
LETTER = "Gardez l’ancienne gare, son horloge et le parc: " + "la hauteur proposée me préoccupe beaucoup, " * 5
SPREAD: dict[str, dict[Any, float]] = {
    "theme": {"0": 30, "1": 25, "2": 20, "3": 15, "": 9, SELDOM: 1},
    "channel": dict(zip(ContributionChannel, (84, 4, 3, 0.6, 0.4, 8), strict=True)),
    "state": dict(zip(ContributionState, (5, 87, 5, 3), strict=True)),
    "language": {"fr": 80, "en": 17, "und": 2.5, "es": 0.5},
    "about": {AboutKind.WHOLE: 70, AboutKind.DOCUMENT: 20, AboutKind.THEME: 10},
    "stance": {None: 60, Stance.FOR: 10, Stance.AGAINST: 20, Stance.NEUTRAL: 5, Stance.QUESTION: 5},
    "borough": {"": 40} | {name: 60 / place for place, name in enumerate(BOROUGHS, 1)},
}
"""How common each value of a column is among comments."""


def words() -> list[str]:
    """A vocabulary whose first words are the common ones."""
    chance = random.Random(1)
    syllables = [first + second for first in "bcdfglmnprst" for second in "aeiou"]
    return ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _word in range(VOCABULARY)]


class Crowd:
    """Writes one consultation with everything in its register."""

    def __init__(self, session: Session, organisation_id: uuid.UUID, slug: str, comments: int, staff: uuid.UUID):
        self.session, self.comments, self.staff = session, comments, staff
        self.chance = random.Random(comments)
        self.words, self.weights = words(), list(accumulate(1 / place for place in range(1, VOCABULARY + 1)))
        self.at = now()
        self.number = self.refusals = 0
        self.figures: Counter[tuple[Any, ...]] = Counter()
        self.people: Counter[tuple[Any, ...]] = Counter()
        self.head: dict[str, Any] = {}
        self.thread: dict[str, Any] = {}
        self.process = self._process(organisation_id, slug)

    def _process(self, organisation_id: uuid.UUID, slug: str) -> Process:
        row = Process(organisation_id=organisation_id, slug=slug, kind=ProcessKind.CONSULTATION, title={"fr": slug})
        row.phone, row.summary, row.retention = "514 555-0100", {"fr": "Essai"}, {"fr": "un an"}
        self.session.add(row)
        self.session.flush()
        consultation.lay_out_calendar(self.session, row, (self.at - timedelta(days=40)).date(), at=self.at)
        consultation.publish(self.session, row, at=self.at)
        return row

    def write(self) -> uuid.UUID:
        """Everything; half of what is no comment came before them and half after."""
        self._frame()
        self._others(first=True)
        for first in range(0, self.comments, TOGETHER):
            self._comments(min(TOGETHER, self.comments - first))
        self._others(first=False)
        self._figures()
        self._kept_on_heads()
        return self.process.id

    def insert(self, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self.session.connection().execute(insert(core_table(table)), list(rows))

    def _frame(self) -> None:
        themes = [{"code": code, "title": {"fr": f"Thème {code}"}} for code in SPREAD["theme"] if code]
        settings = ConsultationSettings(process_id=self.process.id, themes=themes, stances=True, reactions=True)
        self.activity = Activity(
            process_id=self.process.id, number=1, kind=ActivityKind.KIOSK, title={"fr": "Kiosque"},
            place={"fr": "Gare"}, starts_at=self.at - timedelta(days=20), ends_at=self.at - timedelta(days=19),
        )  # fmt: skip
        self.respondent = Respondent(process_id=self.process.id, name={"fr": "Transports"}, position=1)
        self.code = AnalysisCode(process_id=self.process.id, title="Hauteurs")
        self.session.add_all([settings, self.activity, self.respondent, self.code])
        self.session.flush()

    def text(self) -> str:
        return " ".join(self.chance.choices(self.words, cum_weights=self.weights, k=WORDS)) + "."

    def any_of(self, column: str) -> Any:
        spread = SPREAD[column]
        return self.chance.choices(list(spread), list(spread.values()))[0]

    def row(self, kind: ContributionKind, **values: Any) -> dict[str, Any]:
        self.number += 1
        received = self.at - timedelta(days=9) + timedelta(seconds=5 * self.number)
        channel = self.any_of("channel")
        by_staff = channel is not ContributionChannel.ONLINE
        return {
            "id": new_id(), "process_id": self.process.id, "number": self.number, "kind": kind,
            "state": self.any_of("state"), "about": AboutKind.WHOLE, "about_ref": "", "passage": "",
            "theme": self.any_of("theme"), "stance": None, "parent_id": None, "official": False, "channel": channel,
            "capture": Capture.KEYED if by_staff else Capture.SELF, "people": 1, "senders": 1, "helped": 0,
            "language": self.any_of("language"), "borough": self.any_of("borough"), "received_at": received,
            "recorded_at": received, "recorded_by": self.staff if by_staff else None, "version": 1, "late": False,
            "replies": 0, "same_as_id": None, "nonce_hash": uuid.uuid4().hex, "receipt_hash": uuid.uuid4().hex,
            "activity_id": self.activity.id if channel is ContributionChannel.COUNTER else None, "fingerprint": "",
            "coded": self._is_coded(self.number), "published_at": None,
        } | values  # fmt: skip

    def _is_coded(self, number: int) -> bool:
        """A dozen in both: how many a team has read does not follow from how many came."""
        return number % 10 == 0 and number <= FIRST + 100

    def _comments(self, many: int) -> None:
        rows = [self._comment() for _one in range(many)]
        texts = {row["id"]: self._words(row) for row in rows}
        self._threads(rows)
        self._publish(rows)
        self.insert(Contribution, rows)
        self._beside(rows, texts)
        self.insert(NearText, [found for row in rows if (found := self._near_of(row, texts[row["id"]]))])
        for row in rows:
            if row["state"] is ContributionState.PUBLISHED and row["same_as_id"] is None:
                entry = search.Entry(
                    "", texts[row["id"]], f"/comments/{row['number']}", row["language"], f"C-{row['number']}",
                    position=row["number"],
                )  # fmt: skip
                search.index(self.session, self.process.id, "comment", row["id"], [entry])

    def _comment(self) -> dict[str, Any]:
        about = self.any_of("about")
        refs = {AboutKind.WHOLE: "", AboutKind.DOCUMENT: f"3.{self.chance.randint(1, 5)}", AboutKind.THEME: "1"}
        helped = self.chance.randint(1, 9) if self.chance.random() < 0.1 else 0
        return self.row(
            ContributionKind.COMMENT, about=about, about_ref=refs[about], stance=self.any_of("stance"), helped=helped
        )

    def _words(self, row: dict[str, Any]) -> str:
        """One e-mail in three is a letter of a campaign, word for word or with a line of one's own."""
        if row["channel"] is not ContributionChannel.EMAIL or self.chance.random() < 0.7:
            return self.text()
        if self.chance.random() < 0.3:
            return LETTER + " ".join(self.chance.choices(self.words, k=12))
        row["fingerprint"] = fingerprint(LETTER)
        if self.head:
            row["same_as_id"], row["state"] = self.head["id"], self.head["state"]
        elif row["state"] is ContributionState.PUBLISHED:
            self.head = row
        return LETTER

    def _threads(self, rows: list[dict[str, Any]]) -> None:
        """A fifth are replies: most of them to the first comment, the others to one of the same pile."""
        if not self.thread:
            rows[0] |= {"state": ContributionState.PUBLISHED, "same_as_id": None, "stance": None}
            self.thread = rows[0]
        heads = [self.thread, *rows[: len(rows) // 10]]
        for row in rows[len(heads) :]:
            if row["same_as_id"] is None and row is not self.head and self.chance.random() < 0.22:
                head = self.thread if self.chance.random() < 0.6 else self.chance.choice(heads)
                if head["parent_id"] is None and head["same_as_id"] is None:
                    row["parent_id"] = head["id"]
                    head["replies"] += row["state"] is ContributionState.PUBLISHED

    def _publish(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["published_at"] = row["recorded_at"] if row["state"] is ContributionState.PUBLISHED else None
            self.refusals += row["state"] is ContributionState.REFUSED

    def _near_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        if not self.head or not text.startswith(LETTER) or text == LETTER or row["parent_id"]:
            return None
        near = {"contribution_id": row["id"], "earlier_id": self.head["id"], "process_id": self.process.id}
        return near | {"share": 0.5 + self.chance.random() / 2}

    def _beside(self, rows: list[dict[str, Any]], texts: dict[uuid.UUID, str]) -> None:
        """Words, authors, decisions, reports, signs of readers, files: what hangs on contributions."""
        for row in rows:
            key = (row["kind"], row["state"], row["channel"], row["theme"])
            self.figures[key] += row["same_as_id"] is None
            self.people[key] += row["people"]
        for table, made in (
            (ContributionText, self._text_of), (Contributor, self._author_of), (ModerationDecision, self._decision_of),
            (Flag, self._flag_of), (Reaction, self._reaction_of), (Attachment, self._file_of),
            (Origin, self._origin_of), (CodedPassage, self._passage_of),
        ):  # fmt: skip
            self.insert(table, [found for row in rows if (found := made(row, texts[row["id"]]))])

    def _text_of(self, row: dict[str, Any], text: str) -> dict[str, Any]:
        return {
            "contribution_id": row["id"], "version": 1, "title": "", "text": text, "written_at": row["recorded_at"]
        }  # fmt: skip

    def _author_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        by_mail = row["channel"] is ContributionChannel.EMAIL
        if not by_mail and row["number"] % 5 > 1:
            return None
        return {
            "contribution_id": row["id"], "name": f"Personne {row['number']}", "group_name": "",
            "show_name": not by_mail and row["number"] % 2 == 0, "phone": "",
            "email": f"p{row['number']}@example.org" if by_mail or row["number"] % 10 == 0 else "",
        }  # fmt: skip

    def _decision_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        if row["state"] is ContributionState.PENDING:
            return None
        refused = row["state"] is ContributionState.REFUSED
        return {
            "id": new_id(), "process_id": self.process.id, "contribution_id": row["id"], "account_id": self.staff,
            "decision": Decision.REFUSED if refused else Decision.PUBLISHED, "note": "", "at": row["received_at"],
            "reason": self.chance.choice(list(RefusalReason)) if refused else None,
        }  # fmt: skip

    def _flag_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        """A report in a hundred, of which one in twenty is open: as many as there are, always some."""
        if row["number"] % 100 > 2:
            return None
        settled = None if row["number"] < 200 else row["received_at"] + timedelta(hours=1)
        return {
            "id": new_id(), "process_id": self.process.id, "contribution_id": row["id"], "appeal": False, "note": "Lu",
            "reason": RefusalReason.OFF_TOPIC, "at": row["received_at"], "settled_at": settled,
        }  # fmt: skip

    def _reaction_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        device = {"contribution_id": row["id"], "device_hash": uuid.uuid4().hex, "at": row["received_at"]}
        return device if row["helped"] else None

    def _file_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        roles = {ContributionChannel.EMAIL: AttachmentRole.MESSAGE, ContributionChannel.COUNTER: AttachmentRole.IMAGE}
        role = roles.get(row["channel"])
        file = {"digest": uuid.uuid4().hex * 2, "file_name": "a.txt", "media_type": "txt", "size": 1000}
        return {"id": new_id(), "contribution_id": row["id"], "role": role, **file} if role else None

    def _origin_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        online = row["channel"] is ContributionChannel.ONLINE
        network = f"{row['number'] % 5000:064d}"
        return {"contribution_id": row["id"], "network_hash": network, "at": row["recorded_at"]} if online else None

    def _passage_of(self, row: dict[str, Any], text: str) -> dict[str, Any] | None:
        if not row["coded"]:
            return None
        return {
            "id": new_id(), "process_id": self.process.id, "code_id": self.code.id, "contribution_id": row["id"],
            "answer_id": None, "version": 1, "starts": 0, "ends": 30, "quote": "", "page": "",
            "account_id": self.staff, "at": row["recorded_at"],
        }  # fmt: skip

    def _others(self, *, first: bool) -> None:
        rows = list(self._other_rows(first))
        self._publish(rows)
        self.insert(Contribution, rows)
        self._beside(rows, {row["id"]: self.text() for row in rows})
        of = {"process_id": self.process.id}
        briefs = [row for row in rows if row["kind"] is ContributionKind.BRIEF]
        offset = 1 if first else 1 + BRIEFS // 2
        self.insert(
            Brief,
            [
                of | {"contribution_id": row["id"], "file_number": place, "published_at": row["received_at"]}
                | {"of_a_group": False, "withheld": False, "withheld_reason": "", "transcript": ""}
                for place, row in enumerate(briefs, offset)
            ],
        )  # fmt: skip
        questions = [row for row in rows if row["kind"] is ContributionKind.QUESTION]
        self.insert(
            Question,
            [
                of | {"contribution_id": row["id"], "respondent_id": self.respondent.id, "due": None}
                | {"sent_at": row["received_at"], "same_as_id": None}
                | {"answered_at": row["received_at"] if place % 2 else None}
                for place, row in enumerate(questions)
            ],
        )  # fmt: skip

    def _other_rows(self, first: bool) -> Iterator[dict[str, Any]]:
        kinds = (ContributionKind.QUESTION, QUESTIONS), (ContributionKind.BRIEF, BRIEFS), (ContributionKind.KIT, KITS)
        for kind, many in kinds:
            for _one in range(many // 2):
                yield self.row(kind, state=ContributionState.PUBLISHED, people=12 if kind.value == "kit" else 1)

    def _figures(self) -> None:
        names = ("kind", "state", "channel", "theme")
        of = {"process_id": self.process.id}
        rows = [
            of | dict(zip(names, key, strict=True)) | {"number": self.figures[key], "people": people}
            for key, people in self.people.items()
        ]
        self.insert(ContributionTally, rows)
        self.insert(RegisterCounter, [of | {"last": self.number}])
        self.insert(RefusalTally, [of | {"reason": reason, "number": self.refusals // 7} for reason in RefusalReason])

    def _kept_on_heads(self) -> None:
        """Replies below the long thread, and senders of the letter, which grew after their rows were written."""
        table = core_table(Contribution)
        for row, values in (
            (self.thread, {"replies": self.thread["replies"]}),
            (self.head, {"senders": self._senders()}),
        ):
            if row:
                self.session.connection().execute(table.update().where(table.c.id == row["id"]).values(values))

    def _senders(self) -> int:
        table = core_table(Contribution)
        under = select(func.count()).where(table.c.same_as_id == self.head.get("id"))
        return 1 + int(self.session.connection().execute(under).scalar_one())
