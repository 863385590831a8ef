"""A consultation with a published questionnaire, set up by plain forms in the browser."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from participation.accounts.models import Organisation, Role
from participation.counting.spec import Channel
from participation.i18n import DEFAULT_ZONE
from participation.processes.models import Phase, PhaseKind, Place, Process, ProcessKind, ProcessState
from participation.processes.queries import current_spec
from tests.builders import NOON, build_account
from tests.client import Browser, Site

EDIT = "/fr/staff/ville/gare/edit/questionnaire"
HEIGHTS = {
    "kind": "choose_one",
    "title_fr": "Que pensez-vous de huit étages?",
    "title_en": "What do you think of eight storeys?",
    "why_fr": "Le rapport dira combien de personnes acceptent cette hauteur.",
    "why_en": "The report will say how many people accept this height.",
    "options_fr": "Pour\nContre\nSans avis",
    "options_en": "For\nAgainst\nNo opinion",
}
REASONS = {
    "kind": "approval",
    "title_fr": "Pourquoi êtes-vous contre?",
    "title_en": "Why are you against it?",
    "why_fr": "Pour savoir quoi étudier de plus près.",
    "why_en": "To know what to study more closely.",
    "help_fr": "Cochez ce qui compte le plus.",
    "options_fr": "Le vent\nL’ombre\nLe bruit",
    "options_en": "Wind\nShade\nNoise",
    "max_choices": "2",
    "condition": ["1:2"],
}
VIEWS = {
    "kind": "open_text",
    "title_fr": "Que faut-il pouvoir voir d’ici?",
    "title_en": "What should one be able to see from here?",
    "why_fr": "Les vues ne se comptent pas : vos mots guident la commission.",
    "why_en": "Views cannot be counted: your words guide the commission.",
}
PAST = {
    "kind": "open_text",
    "title_fr": "Que garder du passé?",
    "title_en": "What should be kept of the past?",
    "why_fr": "Pour la note sur le patrimoine.",
    "why_en": "For the note on heritage.",
}
ASSESSMENT = {
    "purpose": "Éclairer les recommandations de la commission.",
    "necessity": "Aucune source ne dit ce que les gens du quartier en pensent.",
    "ethics": "Personne n’est nommé; un mot qui identifie quelqu’un est effacé.",
}
HOURS = {
    "introduction_fr": "Cinq minutes, sans compte.",
    "online_opens": "2027-02-10T08:00",
    "online_closes": "2027-03-08T20:00",
    "paper_opens": "2027-02-10T08:00",
    "paper_closes": "2027-03-08T17:00",
    "post_closes": "2027-03-12T17:00",
}


@dataclass(frozen=True, slots=True)
class Consultation:
    """A consultation under way, and who works on it."""

    organisation_id: uuid.UUID
    process_id: uuid.UUID
    place_id: uuid.UUID
    admin_id: uuid.UUID
    admin: Browser
    path: str = "/ville/gare"


def build_consultation(site: Site) -> Consultation:
    """Its page is open, and it has no questionnaire yet."""
    with site.database.writing() as session:
        body = Organisation(slug="ville", name={"fr": "Ville", "en": "City"}, address="1, rue Principale")
        session.add(body)
        session.flush()
        process = Process(
            organisation_id=body.id,
            slug="gare",
            kind=ProcessKind.CONSULTATION,
            state=ProcessState.PUBLISHED,
            zone=DEFAULT_ZONE.key,
            title={"fr": "Secteur de la Gare", "en": "Station sector"},
            summary={"fr": "Un plan pour le secteur.", "en": "A plan for the sector."},
            phone="514 555-0100",
            retention={"fr": "un an après le rapport", "en": "a year after the report"},
        )
        session.add(process)
        session.flush()
        starts, ends = NOON - timedelta(days=14), NOON + timedelta(days=12)
        stage = Phase(process_id=process.id, kind=PhaseKind.CONTRIBUTIONS, starts_at=starts, ends_at=ends)
        place = Place(process_id=process.id, code="C1", name={"fr": "Bibliothèque", "en": "Library"})
        line = Place(process_id=process.id, code="T1", channel=Channel.PHONE, name={"fr": "Téléphone", "en": "Phone"})
        session.add_all([stage, place, line])
        session.flush()
        ids = body.id, process.id, place.id
    admin_id = build_account(site.database, "Ada Admin", [Role.ADMINISTRATOR], ids[0])
    return Consultation(*ids, admin_id, site.signed_in(admin_id))


def add_questions(admin: Browser) -> None:
    """Two themes with four questions; the second is for those against."""
    for title, questions in (("Hauteurs et vues", (HEIGHTS, REASONS, VIEWS)), ("Patrimoine", (PAST,))):
        admin.submit(f"{EDIT}/themes/new", {"title_fr": title, "title_en": f"{title} (en)"})
        page = admin.get_page(EDIT)
        address = [link for link in page.links() if "/questions/new?theme=" in link][-1]
        theme = address.partition("theme=")[2]
        for question in questions:
            admin.submit(f"{EDIT}/questions/new", {**question, "theme": theme})


def publish(site: Site, consultation: Consultation) -> uuid.UUID:
    """Fills in what publishing asks for; returns the spec."""
    admin = consultation.admin
    add_questions(admin)
    admin.submit(f"{EDIT}/settings", HOURS)
    admin.submit(f"{EDIT}/assessment", ASSESSMENT)
    admin.submit(f"{EDIT}/publish", {})
    with site.database.reading() as session:
        row = current_spec(session, consultation.process_id)
    assert row is not None
    return row.id
