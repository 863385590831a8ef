"""From draft to frozen spec: what is missing, what is frozen, what may still change."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from participation import audit
from participation.ballots.queries import box_is_empty
from participation.counting.canonical import load_spec, spec_digest
from participation.counting.spec import Channel, CountingRule, Precedence, QuestionKind, RegisterKind, Reserve
from participation.db import Database
from participation.errors import Conflict, Invalid, NotFound
from participation.processes import queries, service
from participation.processes.completeness import advice
from participation.processes.drafts import ContestDraft, PhaseDraft, PlaceDraft, ProjectWords, Texts
from participation.processes.models import (
    Phase,
    PhaseKind,
    PlaceKind,
    ProcessState,
    Project,
    ProjectChangeKind,
    Spec,
    WindowKind,
)
from participation.processes.windows import hour_when_confirmed
from tests.builders import CLOSES, NOON, OPENS, build_account
from tests.processes.drafts import CONTEST, TEXTS, VOTING, WINDOWS, Draft, build_draft, project, publish


@pytest.fixture
def draft(database: Database) -> Iterator[Draft]:
    with database.writing() as session:
        yield build_draft(session)


def test_a_complete_draft_publishes_and_freezes_what_was_promised(draft: Draft) -> None:
    assert draft.gaps() == []
    made: list[uuid.UUID] = []
    row = service.publish(draft.session, draft.found, create_key=made.append, box_is_empty=box_is_empty, at=NOON)
    assert made == [row.id]
    assert draft.process.state is ProcessState.PUBLISHED
    stored = draft.session.get(Spec, row.id)
    assert stored is not None
    assert load_spec(stored.content) == row.spec
    assert spec_digest(row.spec) == row.digest == stored.digest
    assert row.spec.id == "ville/bp"
    assert [option.id for option in row.spec.questions[0].options] == ["0001", "0002", "0003"]
    assert queries.windows_of(draft.session, row.id).moments[WindowKind.ONLINE_CLOSES] == CLOSES
    kinds = [event.kind for event in audit.list_events(draft.session, draft.process.id)]
    assert kinds.count("spec-published") == 1


def test_the_digest_before_publishing_is_the_one_that_is_frozen(draft: Draft) -> None:
    from participation.processes.publishing import build_spec

    before = spec_digest(build_spec(draft.session, draft.found, 1))
    assert publish(draft).digest == before


def test_districts_make_styles_and_city_wide_contests_are_on_each(draft: Draft) -> None:
    for code, district in (("lachine", "Lachine"), ("plateau", "Le Plateau-Mont-Royal")):
        contest = service.save_contest(
            draft.session,
            draft.process,
            ContestDraft(code, {"fr": district}, 1, district=district, max_choices=1),
            at=NOON,
        )
        service.save_project(draft.session, draft.process, contest, project("1"), at=NOON)
    styles = {style.id: style.question_ids for style in publish(draft).spec.styles}
    assert styles == {"lachine": ("ville", "lachine"), "le-plateau-mont-royal": ("ville", "plateau")}


def test_style_ids_are_plain() -> None:
    assert queries.style_id("Rosemont–La Petite-Patrie") == "rosemont-la-petite-patrie"
    assert queries.style_id("Côte-Saint-Luc, secteur œuvre") == "cote-saint-luc-secteur-oeuvre"
    assert queries.style_id("") == "all"


def test_nothing_is_published_while_something_is_missing(draft: Draft) -> None:
    service.save_texts(draft.session, draft.process, replace(TEXTS, summary={"en": "Only English"}), at=NOON)
    assert draft.gaps() == ["The summary is missing in French."]
    with pytest.raises(Invalid):
        publish(draft)
    assert queries.current_spec(draft.session, draft.process.id) is None


def test_every_gap_is_named(draft: Draft) -> None:
    session, process = draft.session, draft.process
    service.save_texts(session, process, Texts({"fr": "Titre"}), at=NOON)
    service.save_voting(session, process, replace(VOTING, windows={}), at=NOON)
    service.save_place(session, process, PlaceDraft("P", {"en": "Post"}, PlaceKind.ENVELOPE, Channel.POST), at=NOON)
    service.save_contest(
        session, process, replace(CONTEST, envelope=0, min_choices=4, max_choices=4), contest=draft.contest, at=NOON
    )
    service.save_contest(session, process, ContestDraft("b", {}, 5), at=NOON)
    service.save_project(session, process, draft.contest, project("9", title={"en": "Nine"}), at=NOON)
    service.save_rule(session, process, draft.contest, CountingRule(reserves=(Reserve("jeunesse", 5),)), at=NOON)
    for phase in queries.phases_of(session, process.id):
        service.remove(session, process, phase, at=NOON)
    assert draft.gaps() == [
        "The summary is missing in French.",
        "When personal information is destroyed is missing in French.",
        "A telephone number is missing: it appears on every page and printed sheet.",
        "The phase of the vote is missing. Add it with its dates.",
        "The hour when online voting opens is missing.",
        "The hour when online voting closes is missing.",
        "The hour when the counters open is missing.",
        "The hour when the counters close is missing.",
        "The last hour for post to arrive is missing.",
        "Place P has no name in French.",
        "Contest ville has no envelope.",
        "Contest ville sets aside more money than its envelope holds.",
        "Contest ville sets money aside for “jeunesse”, and no project has this category.",
        "Project 9 has no title in French.",
        "Contest b has no title in French.",
        "Contest b has no project.",
    ]


def test_gaps_lead_to_their_field(draft: Draft) -> None:
    service.save_texts(draft.session, draft.process, replace(TEXTS, phone=""), at=NOON)
    (gap,) = service.missing_for_publication(draft.session, draft.process)
    assert gap.path == "/edit/texts#phone"


def test_english_is_listed_and_does_not_stop_publishing(draft: Draft) -> None:
    listed = [gap.message.msgid for gap in advice(draft.session, draft.process, NOON)]
    assert "The summary has no English." in listed
    assert draft.gaps() == []


def test_knapsack_on_paper_has_round_costs_and_is_advised_against(draft: Draft) -> None:
    session, process = draft.session, draft.process
    knapsack = replace(CONTEST, kind=QuestionKind.KNAPSACK)
    service.save_contest(session, process, knapsack, contest=draft.contest, at=NOON)
    service.save_project(session, process, draft.contest, project("4", 300_500_00), at=NOON)
    assert len(draft.gaps()) == 1
    assert any("hard to add up" in gap.message.msgid for gap in advice(session, process, NOON))
    service.save_voting(session, process, replace(VOTING, paper=False), at=NOON)
    assert draft.gaps() == []


def test_a_rule_that_no_longer_fits_its_ballot_or_projects_is_found(draft: Draft) -> None:
    rule = CountingRule(exclusive_pairs=(("0001", "0002"),))
    service.save_rule(draft.session, draft.process, draft.contest, rule, at=NOON)
    assert draft.gaps() == []
    first = queries.projects_of(draft.session, [draft.contest.id])[0]
    service.remove(draft.session, draft.process, first, at=NOON)
    assert draft.gaps() == ["Contest ville excludes a pair with a project that is no longer there."]


def test_a_live_place_added_later_brings_all_void_down(draft: Draft) -> None:
    session, process = draft.session, draft.process
    (place,) = queries.places_of(session, process.id)
    envelope = PlaceDraft("BIB-1", {"fr": "Bibliothèque"}, PlaceKind.ENVELOPE)
    service.save_place(session, process, envelope, place=place, at=NOON)
    service.save_voting(session, process, replace(VOTING, precedence=Precedence.ALL_VOID), at=NOON)
    assert draft.gaps() == []
    service.save_place(session, process, PlaceDraft("C", {"fr": "Comptoir"}), at=NOON)
    assert len(draft.gaps()) == 1


def test_promises_are_frozen_words_are_not(draft: Draft) -> None:
    session, process, contest = draft.session, draft.process, draft.contest
    first = queries.projects_of(session, [contest.id])[0]
    digest = publish(draft).digest
    for change in (
        lambda: service.save_voting(session, process, VOTING, at=NOON),
        lambda: service.save_contest(session, process, CONTEST, contest=contest, at=NOON),
        lambda: service.save_rule(session, process, contest, CountingRule(), at=NOON),
        lambda: service.save_project(session, process, contest, project("8"), at=NOON),
        lambda: service.save_project(session, process, contest, project("01"), project=first, at=NOON),
        lambda: service.add_projects(session, process, contest, [project("8")], at=NOON),
        lambda: service.save_address(session, process, "autre", "America/Toronto", at=NOON),
        lambda: service.remove(session, process, first, at=NOON),
        lambda: service.remove(session, process, contest, at=NOON),
        lambda: publish(draft),
    ):
        with pytest.raises(Conflict):
            change()
    service.save_texts(session, process, replace(TEXTS, title={"fr": "Titre corrigé"}), at=NOON)
    service.save_project(session, process, contest, ProjectWords({"fr": "Résumé"}, {}), project=first, at=NOON)
    service.save_phase(session, process, PhaseDraft(PhaseKind.RESULT, CLOSES, CLOSES + timedelta(9)), at=NOON)
    service.save_place(session, process, PlaceDraft("C2", {"fr": "Autre comptoir"}), at=NOON)
    row = queries.current_spec(session, process.id)
    assert row is not None
    assert row.digest == digest
    (place, _other) = queries.places_of(session, process.id)
    with pytest.raises(service.FieldProblem):
        service.save_place(session, process, PlaceDraft("BIB-1", {"fr": "B"}, PlaceKind.ENVELOPE), place=place, at=NOON)


def test_a_new_version_only_while_the_box_is_empty(draft: Draft) -> None:
    first = publish(draft)
    asked: list[uuid.UUID] = []

    def full(_session: Session, spec_id: uuid.UUID) -> bool:
        asked.append(spec_id)
        return False

    with pytest.raises(Conflict):
        service.withdraw_publication(draft.session, draft.process, reason="Erreur", box_is_empty=full, at=NOON)
    service.withdraw_publication(draft.session, draft.process, reason="Erreur", box_is_empty=box_is_empty, at=NOON)
    assert draft.process.state is ProcessState.DRAFT
    service.save_project(draft.session, draft.process, draft.contest, project("4"), at=NOON)
    with pytest.raises(Conflict):
        service.publish(draft.session, draft.found, create_key=lambda _id: None, box_is_empty=full, at=NOON)
    assert asked == [first.id] * 2
    second = publish(draft)
    assert (first.spec.version, second.spec.version) == (1, 2)
    assert first.digest != second.digest
    assert queries.current_spec(draft.session, draft.process.id) == second
    reasons = [event.reason for event in audit.list_events(draft.session, draft.process.id)]
    assert "Erreur" in reasons


def test_a_draft_cannot_be_withdrawn(draft: Draft) -> None:
    with pytest.raises(Conflict):
        service.withdraw_publication(draft.session, draft.process, reason="x", box_is_empty=box_is_empty, at=NOON)


def test_addresses_codes_and_numbers_are_unique(draft: Draft) -> None:
    session, process, contest = draft.session, draft.process, draft.contest
    place = PlaceDraft("BIB-1", {"fr": "Autre"})
    for field, act in (
        ("slug", lambda: service.create_process(session, process.organisation_id, "bp", {"fr": "Autre"}, at=NOON)),
        ("code", lambda: service.save_place(session, process, place, at=NOON)),
        ("code", lambda: service.save_contest(session, process, CONTEST, at=NOON)),
        ("number", lambda: service.save_project(session, process, contest, project("1"), at=NOON)),
        ("code", lambda: service.save_project(session, process, contest, project("9", code="0001"), at=NOON)),
        ("number", lambda: service.add_projects(session, process, contest, [project("8"), project("08")], at=NOON)),
        ("ends_at", lambda: service.save_phase(session, process, PhaseDraft(PhaseKind.VOTE, CLOSES, OPENS), at=NOON)),
    ):
        with pytest.raises(service.FieldProblem) as caught:
            act()
        assert caught.value.field == field


def test_a_closed_register_compares_nothing(draft: Draft) -> None:
    service.save_voting(draft.session, draft.process, replace(VOTING, register_kind=RegisterKind.CLOSED), at=NOON)
    assert publish(draft).spec.match_fields == ()


def test_removing_a_contest_takes_its_projects(draft: Draft) -> None:
    contest_id = draft.contest.id
    service.remove(draft.session, draft.process, draft.contest, at=NOON)
    assert queries.projects_of(draft.session, [contest_id]) == []


class TestAfterPublication:
    @pytest.fixture
    def people(self, database: Database) -> tuple[uuid.UUID, uuid.UUID]:
        with database.writing() as session:
            draft = build_draft(session)
            publish(draft)
            organisation_id = draft.process.organisation_id
        return build_account(database, "Une", [], organisation_id), build_account(database, "Deux", [], organisation_id)

    def _spec(self, session: object) -> queries.SpecRow:
        process, _body = queries.public_processes(session)[0]  # type: ignore[arg-type]
        row = queries.current_spec(session, process.id)  # type: ignore[arg-type]
        assert row is not None
        return row

    def test_hours_change_by_two_people_with_a_reason(
        self, database: Database, people: tuple[uuid.UUID, uuid.UUID]
    ) -> None:
        one, two = people
        later = CLOSES + timedelta(days=2)
        with database.writing() as session:
            spec = self._spec(session)

            def change(second: uuid.UUID, reason: str) -> None:
                service.add_window(
                    session,
                    spec.id,
                    WindowKind.ONLINE_CLOSES,
                    later,
                    at=NOON,
                    first_account_id=one,
                    second_account_id=second,
                    reason=reason,
                )

            with pytest.raises(Conflict):
                change(one, "Tempête")
            with pytest.raises(Invalid):
                change(two, " ")
            change(two, "Tempête")
            assert queries.windows_of(session, spec.id).moments[WindowKind.ONLINE_CLOSES] == later
            (event,) = [row for row in audit.list_events(session, spec.process_id) if row.kind == "window-changed"]
            assert (event.reason, event.account_id, event.data["second_account_id"]) == ("Tempête", one, str(two))

    def test_an_hour_that_has_passed_is_refused_and_the_present_minute_is_now(
        self, database: Database, people: tuple[uuid.UUID, uuid.UUID]
    ) -> None:
        now = NOON + timedelta(seconds=40)
        with database.writing() as session:
            spec = self._spec(session)

            def close(effective_at: datetime) -> None:
                service.add_window(
                    session,
                    spec.id,
                    WindowKind.ONLINE_CLOSES,
                    effective_at,
                    at=now,
                    first_account_id=people[0],
                    second_account_id=people[1],
                    reason="Panne",
                )

            for passed in (OPENS, NOON - timedelta(seconds=1)):
                with pytest.raises(Invalid):
                    close(passed)
            assert queries.windows_of(session, spec.id).moments[WindowKind.ONLINE_CLOSES] == CLOSES
            close(NOON)
            assert queries.windows_of(session, spec.id).moments[WindowKind.ONLINE_CLOSES] == now

    @pytest.mark.usefixtures("people")
    def test_an_hour_that_passed_before_the_second_person_agreed(self, database: Database) -> None:
        online, after = WindowKind.ONLINE_CLOSES, CLOSES + timedelta(days=2)
        with database.writing() as session:
            spec = self._spec(session)
            assert hour_when_confirmed(session, spec.id, online, after, NOON) == after
            assert hour_when_confirmed(session, spec.id, online, OPENS, NOON) == NOON
            assert hour_when_confirmed(session, spec.id, WindowKind.SUSPENDED, OPENS, NOON) == NOON
            with pytest.raises(Conflict):
                hour_when_confirmed(session, spec.id, online, after, after + timedelta(hours=1))

    def test_a_project_is_excluded_once_with_a_reason(
        self, database: Database, people: tuple[uuid.UUID, uuid.UUID]
    ) -> None:
        from participation.accounts.permissions import Actor

        by, why = Actor(people[0], "Une", ()), {"fr": "Terrain vendu"}
        out, more = ProjectChangeKind.EXCLUDED, ProjectChangeKind.TOP_UP
        with database.writing() as session:
            spec = self._spec(session)

            def change(option: str, kind: ProjectChangeKind, amount: int, reason: dict[str, str]) -> None:
                service.change_project(
                    session, spec, "ville", option, kind, amount=amount, reason=reason, at=NOON, by=by
                )

            for error, option, kind, amount, reason in (
                (NotFound, "99", out, 0, why),
                (Invalid, "0001", out, 0, {"en": "Sold"}),
                (Invalid, "0001", out, 5, why),
                (Invalid, "0001", more, 0, why),
            ):
                with pytest.raises(error):
                    change(option, kind, amount, reason)
            change("0001", out, 0, why)
            change("0002", more, 500_00, {"fr": "Don"})
            with pytest.raises(Conflict):
                change("0001", more, 5, why)
            assert [(row.option_id, row.amount) for row in queries.project_changes(session, spec.id)] == [
                ("0001", 0),
                ("0002", 500_00),
            ]
            kinds = [row.kind for row in audit.list_events(session, spec.process_id)]
            assert kinds.count("project-changed") == 2


def test_rows_of_another_process_are_not_found(draft: Draft) -> None:
    (phase,) = queries.phases_of(draft.session, draft.process.id)
    (first, *_others) = queries.projects_of(draft.session, [draft.contest.id])
    assert queries.find_in_process(draft.session, Phase, uuid.uuid4(), str(phase.id)) is None
    assert queries.find_in_process(draft.session, Phase, draft.process.id, "nonsense") is None
    assert queries.find_project(draft.session, uuid.uuid4(), str(first.id)) is None
    assert isinstance(queries.find_project(draft.session, draft.contest.id, str(first.id)), Project)


def test_windows_of_ways_that_are_not_offered_are_not_opened(draft: Draft) -> None:
    service.save_voting(draft.session, draft.process, replace(VOTING, online=False, windows=WINDOWS), at=NOON)
    row = publish(draft)
    assert WindowKind.ONLINE_OPENS not in queries.windows_of(draft.session, row.id).moments
