"""Slip and ballot never meet: no table, event, template, module or printed form knows of both.

Names stand on the side of the slip; choices, serials and positions on the side of the ballot. What is neither is only
counted: bags, boxes, stock. A new table is placed on one of the sides here.
"""

from __future__ import annotations

import ast
import re

import pytest
from sqlalchemy import Table

from participation import audit, schema
from participation.db import metadata
from participation.publication.event_words import EVENTS
from participation.settings import ROOT
from tests.guards.source import modules, name_of, template_name, templates, tree

schema.load_models()
SLIP = {
    "access_code",
    "declaration",
    "intake_submission",
    "kit_order",
    "letter_name",
    "letter_part",
    "letter_run",
    "door_card",
    "mark",
    "register_case",
    "voter",
}
BALLOT = {
    "adjudication",
    "answer_number",
    "ballot",
    "ballot_serial",
    "batch",
    "batch_round",
    "gap_signature",
    "hand_count",
    "keying",
    "keying_session",
    "open_answer",
    "phone_number",
    "print_run",
    "questionnaire_draft",
    "questionnaire_page",
    "questionnaire_scan",
    "questionnaire_sheet",
    "recount",
    "recount_batch",
    "recounted_round",
    "sample_reading",
    "scan_file",
    "scan_hand",
    "scan_page",
    "scan_reading",
    "sealed_leaf",
    "superseding",
}
COUNTED = {
    "bag",
    "bag_tally",
    "box",
    "box_content",
    "box_exception",
    "box_opening",
    "check_in",
    "kit_figure",
    "stock_entry",
}
"""Places, bags and boxes as numbers of pieces: a ballot may say of which box it is, a slip never of which bag."""
HOUSE = {
    "account",
    "account_grant",
    "analysis_code",
    "ballot_count",
    "ballot_spec",
    "certification",
    "contest",
    "destruction",
    "document",
    "document_copy",
    "document_section",
    "document_version",
    "event",
    "event_reason",
    "failed_attempts",
    "file_reading",
    "identity_signature",
    "key_destruction",
    "activity",
    "at_remote",
    "meeting",
    "organisation",
    "outgoing_mail",
    "paper_settings",
    "password_link",
    "phase",
    "place",
    "poll",
    "process",
    "project",
    "project_change",
    "questionnaire",
    "questionnaire_question",
    "questionnaire_theme",
    "rewrite_permit",
    "room_sheet",
    "sample_audit",
    "seal",
    "search_entry",
    "spec_window",
    "staff_session",
    "stored_file",
    "team_exception",
    "written_decision",
    "window_proposal",
}
SPOKEN = {
    "answer",
    "attachment",
    "brief",
    "brief_counter",
    "coded_passage",
    "consultation_report",
    "consultation_settings",
    "contribution",
    "contribution_flag",
    "contribution_origin",
    "contribution_tally",
    "contribution_text",
    "contributor",
    "floor_question",
    "floor_settings",
    "floor_vote",
    "rehearsal",
    "rehearsal_answer",
    "follow_up",
    "hearing_session",
    "hearing_turn",
    "kept_apart",
    "moderation_decision",
    "near_text",
    "participant_nonce",
    "participant_questions",
    "participant_tally",
    "question",
    "question_settings",
    "reaction",
    "recommendation",
    "refusal_tally",
    "register_counter",
    "reminder",
    "reminder_settings",
    "respondent",
    "speaker",
    "speaking_clock",
    "speaking_settings",
    "speaking_turn",
    "subscription",
    "suspension",
    "text_piece",
}
"""What people say in their own words, under their name if they like: neither slips nor ballots."""
OF_A_SLIP = re.compile(
    r"^(voter_\w+|declaration_id|register_number|near_\w|fields|code_hash|slip\w*|first_name|last_name)$"
)
OF_A_BALLOT = re.compile(
    r"^(choices|marks|reading\w*|serial|position|receipt_hash|commitment|tag|batch\w*|pass_number)$"
)
SEALED_POSITIONS = {"letter_name"}
"""Where a position is that of a letter in its pile, and not of a ballot."""


def refers_to(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}


def test_every_table_has_its_side() -> None:
    sides = [SLIP, BALLOT, COUNTED, SPOKEN, HOUSE]
    assert set(metadata.tables) == set().union(*sides), "a new table is placed on one side"
    assert sum(map(len, sides)) == len(metadata.tables), "and on one only"


def test_no_reference_leads_from_one_side_to_the_other() -> None:
    for table in metadata.sorted_tables:
        both = refers_to(table) | {table.name}
        assert not (both & SLIP and both & BALLOT), f"{table.name} refers to {both}"
        assert not (both & SPOKEN and both & (SLIP | BALLOT)), f"{table.name} refers to {both}"


def test_a_slip_refers_to_no_bag_and_no_box() -> None:
    for name in SLIP:
        assert not refers_to(metadata.tables[name]) & COUNTED, name


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_no_table_has_a_column_of_both(name: str) -> None:
    columns = {column.name for column in metadata.tables[name].columns}
    slip = {column for column in columns if OF_A_SLIP.match(column)}
    ballot = {column for column in columns if OF_A_BALLOT.match(column)}
    assert not slip or not ballot or name in SEALED_POSITIONS, f"{slip} beside {ballot}"
    assert not ballot or name not in SLIP | COUNTED or name in SEALED_POSITIONS, ballot
    assert not slip or name not in BALLOT | COUNTED, slip


def event_fields() -> dict[str, set[str]]:
    classes = [node for path in modules() for node in tree(path).body if isinstance(node, ast.ClassDef)]
    by_kind = {audit.kind_of(type(node.name, (), {})): node for node in classes}
    return {
        kind: {
            part.target.id
            for part in by_kind[kind].body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        }
        for kind in EVENTS
    }


def test_no_event_names_a_slip_and_none_of_both() -> None:
    for kind, fields in event_fields().items():
        slip = {field for field in fields if OF_A_SLIP.match(field) or field == "case_id"}
        assert not slip, f"{kind}: {slip}"
        assert not ({"bag", "envelopes"} & fields and fields & {"batch_id", "position"}), kind


NAMES_SHOWN = re.compile(r"values\.(first_name|last_name)|fields\.get\(|register_number|slip_code|match_fields")
CHOICES_SHOWN = re.compile(r"reading_fields|reading_lists|told\(|\bserial\b|keying|adjudicat|marks")


def test_no_template_shows_a_name_and_a_choice() -> None:
    both = [
        template_name(path)
        for path in templates()
        if NAMES_SHOWN.search(text := path.read_text(encoding="utf-8")) and CHOICES_SHOWN.search(text)
    ]
    assert both == []


SLIP_VERBS = {"open_cases", "accept_declaration", "decrypt_fields", "matches"}
TWO_AGENTS = {"paper/remote/phone_forms.py": "what the first agent types and what the second does, in functions apart"}
BALLOT_MODULES = re.compile(r"paper\.(marks|keying\.|serials|sheets\.print_job|sheets\.print_runs|scanning|scans)")


def imported(module: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_no_desk_works_with_slips_and_with_ballots() -> None:
    """A module of the paper desks that reads slips imports nothing that reads ballots."""
    for path in modules():
        if not name_of(path).startswith("paper/") or name_of(path) in TWO_AGENTS:
            continue
        names = imported(tree(path))
        slips = {name for name in names if name.rpartition(".")[2] in SLIP_VERBS or "paper.intake.forms" in name}
        ballots = {name for name in names if BALLOT_MODULES.search(name)}
        assert not (slips and ballots), f"{name_of(path)}: {slips} and {ballots}"


def test_no_printed_form_has_fields_for_both() -> None:
    forms = {path.parent.name: path.read_text(encoding="utf-8") for path in ROOT.glob("offline_forms/*/form.typ")}
    names = {name for name, text in forms.items() if "data.fields" in text or "first_name" in text}
    choices = {name for name, text in forms.items() if "data.contests" in text}
    assert names
    assert choices
    assert not names & choices


def test_a_job_of_ballots_knows_no_slip_and_a_job_of_letters_no_ballot() -> None:
    known = {name_of(path): imported(tree(path)) for path in modules()}
    for name in ("paper/sheets/print_job.py", "paper/sheets/print_runs.py", "paper/serials.py"):
        assert not {each for each in known[name] if "register" in each}, name
    post = {name for name in known if name.startswith("paper/remote/") and "phone" not in name}
    assert {"paper/remote/letters.py", "paper/remote/letter_job.py", "paper/remote/kits.py"} <= post
    for name in post:
        assert not {each for each in known[name] if "BallotSerial" in each or "Keying" in each}, name
