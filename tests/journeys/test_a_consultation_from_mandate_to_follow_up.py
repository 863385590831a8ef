"""One consultation as its office runs it: from an empty organisation to the City's last answer, by plain forms alone.

Nothing is written behind the pages: dates pass, people sign in and fill in what they find.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

from participation.accounts.models import Organisation, Role
from tests.builders import build_account
from tests.client import Browser, Page, Site
from tests.consultations.documents.sample_files import pdf
from tests.consultations.stories import read_files
from tests.consultations.test_briefs import FORM as BRIEF
from tests.consultations.test_briefs import bring
from tests.consultations.test_hearings import SPEAKER
from tests.journeys.questionnaires import ASSESSMENT, HEIGHTS, VIEWS

PUBLIC, STAFF = "/fr/office/parc", "/fr/staff/office/parc"
EDIT, QUESTIONNAIRE = f"{STAFF}/edit", f"{STAFF}/edit/questionnaire"
PEOPLE = {
    "secretary": Role.ADMINISTRATOR,
    "president": Role.CERTIFIER,
    "moderator": Role.MODERATOR,
    "clerk": Role.ENTRY_CLERK,
    "reader": Role.ENTRY_CLERK,
    "commissioner": Role.ANALYST,
}
TEXTS = {
    "title_fr": "Avenir du parc",
    "summary_fr": "Le parc sera refait.",
    "phone": "514 555-0161",
    "email": "secteur@office.example",
    "retention_fr": "un an après le rapport",
}
COMMENT = "Gardez les érables et le kiosque à musique."


class Office:
    """The people of the office, each signed in anew on every day of the story."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with site.database.writing() as session:
            body = Organisation(slug="office", name={"fr": "Office fictif", "en": "Fictional office"})
            session.add(body)
            session.flush()
            self.accounts: dict[str, uuid.UUID] = {}
            body_id = body.id
        for name, role in PEOPLE.items():
            self.accounts[name] = build_account(site.database, name.title(), [role], body_id)

    def __getitem__(self, name: str) -> Browser:
        return self.site.signed_in(self.accounts[name])

    def on(self, day: str) -> None:
        """It is noon in Montréal on that day, and the worker has done its round."""
        self.site.at = datetime.fromisoformat(f"{day}T17:00").replace(tzinfo=UTC)
        read_files(self.site)

    def board(self) -> str:
        return self["secretary"].get_page(STAFF).text


def typed(page: Page, *names: str) -> dict[str, str]:
    """What stands in these fields already."""
    return {name: page.value_of(name) for name in names}


def test_from_mandate_to_follow_up(site: Site) -> None:
    office = Office(site)
    set_up(office)
    prepare(office)
    receive(office)
    hear(office)
    analyse(office)
    report(office)


def set_up(office: Office) -> None:
    """A draft, its texts, a calendar whose notice comes in time, its page."""
    office.on("2027-02-24")
    secretary = office["secretary"]
    new = {"kind": "consultation", "title_fr": "Avenir du parc", "slug": "parc", "zone": "America/Toronto"}
    draft = secretary.submit("/fr/staff/office/processes/new", new)
    assert "La page est ouverte" not in draft.text
    secretary.submit(f"{EDIT}/texts", TEXTS)
    secretary.submit(f"{EDIT}/calendar", {"notice": "2027-02-25"})
    (evening,) = move_information(secretary, "2027-03-05T19:00")
    assert "au moins 15 jours" in secretary.get_page(EDIT).text
    secretary.post(f"{EDIT}/open", {}, status=422)
    secretary.submit(evening, information("2027-03-26T19:00"))
    place = {"code": "BIB", "name_fr": "Bibliothèque", "channel": "counter"}
    secretary.submit(f"{EDIT}/places/new", place)
    assert "Il ne manque rien" in secretary.get_page(EDIT).text
    office.site.visitor().get(PUBLIC, status=404)
    assert "La page est ouverte" in secretary.submit(f"{EDIT}/open").text
    assert "à partir du 27 mars 2027" in office.site.visitor().get_page(PUBLIC).text


def information(starts: str) -> dict[str, str]:
    return {"kind": "information", "starts_at": starts, "ends_at": f"{starts[:10]}T22:00"}


def move_information(secretary: Browser, starts: str) -> list[str]:
    """Finds the stage in the calendar by what its page says, and gives it another day."""
    calendar = secretary.get_page(f"{EDIT}/phases")
    stages = [link for link in calendar.links() if re.fullmatch(rf"{EDIT}/phases/[0-9a-f-]{{36}}", link)]
    found = [link for link in stages if 'value="information" selected' in secretary.get_page(link).html]
    for link in found:
        secretary.submit(link, information(starts))
    return found


def prepare(office: Office) -> None:
    """The mandate, who answers questions, themes, the questionnaire, an evening of hearings: the board follows."""
    secretary = office["secretary"]
    assert "Versez la résolution au dossier" in office.board()
    mandate = {"number": "1", "title_fr": "Mandat", "kind": "mandate", "language": "fr", "dated": "2027-02-20",
               "on_paper": "1"}  # fmt: skip
    upload(secretary, f"{STAFF}/documents", mandate, "Le mandat")
    upload(secretary, f"{STAFF}/documents/1", {"dated": "2027-02-24", "note_fr": "Une carte ajoutée"}, "Avec carte")
    read_files(office.site)
    assert "Il est au dossier documentaire" in office.board()
    assert "À livrer" in secretary.get_page(f"{STAFF}/documents/board").text
    secretary.submit(f"{STAFF}/moderation/settings", {"moderation": "before", "themes": "Arbres\nJeux",
                                                      "edit_minutes": "30"})  # fmt: skip
    secretary.submit(f"{STAFF}/questions/settings", {"respondents": "Ville", "working_days": "10"})
    hours = typed(secretary.get_page(f"{QUESTIONNAIRE}/settings"), "online_opens", "online_closes", "paper_opens",
                  "paper_closes", "post_closes")  # fmt: skip
    assert hours["online_opens"] == "2027-03-27T00:00", "as the calendar says"
    secretary.submit(f"{QUESTIONNAIRE}/settings", hours)
    page = secretary.submit(f"{QUESTIONNAIRE}/themes/new", {"title_fr": "Le parc"})
    theme = next(link for link in page.links() if "?theme=" in link).partition("theme=")[2]
    for question in (HEIGHTS, {**VIEWS, "condition": ["1:2"]}):
        secretary.submit(f"{QUESTIONNAIRE}/questions/new", {**question, "theme": theme})
    secretary.submit(f"{QUESTIONNAIRE}/assessment", ASSESSMENT)
    assert f"{STAFF}/questionnaire/results" not in secretary.get_page(f"{STAFF}/analysis").links()
    secretary.submit(f"{QUESTIONNAIRE}/publish")
    assert f"{STAFF}/questionnaire/results" in secretary.get_page(f"{STAFF}/analysis").links()
    evening = {"place_fr": "Salle du parc", "starts_at": "2027-04-30T19:00", "ends_at": "2027-04-30T21:00",
               "speak_minutes": "10", "exchange_minutes": "10"}  # fmt: skip
    secretary.submit(f"{STAFF}/hearings/new", evening)
    for printed in ("poster", "flyer", "kit", "questionnaire"):
        assert secretary.get(f"{STAFF}/forms/{printed}.pdf?language=fr&paper=letter").content.startswith(b"%PDF")


def upload(browser: Browser, desk: str, form: dict[str, str], words: str) -> None:
    browser.post(f"{desk}/upload", form, files={"file": ("mandat.pdf", pdf([words]))})


def receive(office: Office) -> None:
    """A resident online and a clerk at the counter: a comment, a kit, a question, answers, a brief, a speaker."""
    office.on("2027-03-30")
    resident, clerk, moderator = office.site.visitor(), office["clerk"], office["moderator"]
    hub = resident.get_page(PUBLIC)
    assert "mailto:secteur@office.example" in hub.html
    assert "Répondre au questionnaire" in hub.text
    assert f"{PUBLIC}/forms/questionnaire.pdf" in hub.links(), "to print at home"
    resident.post(f"{PUBLIC}/comments", {"text": COMMENT, "language": "fr", "theme": "1", "nonce": "c-1"})
    sheet = {"channel": "counter", "place": "BIB", "received": "2027-03-29", "language": "fr"}
    kit = {"kind": "kit", "group": "Classe fictive", "people": "23", "text": "Plus d’ombre.", "nonce": "k-1"}
    asked = {"kind": "question", "channel": "phone", "place": "", "text": "Quand?", "people": "", "nonce": "q-1"}
    for form in (kit, asked):
        clerk.submit(f"{STAFF}/contributions/new", {**sheet, **form})
    bring(clerk, f"{STAFF}/briefs/new", {**BRIEF, **sheet, "text": "Je signe : 12, rue Exemple.", "nonce": "b-1"})
    bring(moderator, f"{STAFF}/briefs/4/redacted", {}, pdf(["Sans adresse"]))
    clerk.submit(f"{STAFF}/hearings/register", {**SPEAKER, "channel": "phone", "turn": "1-1"})
    assert "4 contributions à lire" in office.board()
    answer_questionnaire(office, resident)
    for page in ("moderation/1", "moderation/2", "moderation/3", "briefs/4/decide"):
        moderator.submit(f"{STAFF}/{page}", {"decision": "publish"})
    moderator.submit(f"{STAFF}/questions/3/answer", {"text_fr": "En mai.", "act": "publish"})
    read_files(office.site)
    assert "En mai." in resident.get_page(f"{PUBLIC}/questions/3").text
    assert COMMENT in resident.get_page(f"{PUBLIC}/comments").text
    assert "12, rue Exemple" not in resident.get_page(f"{PUBLIC}/briefs/8.1").text, "only the copy is public"
    assert "23" in resident.get_page(PUBLIC).text, "the people of the kit"


def answer_questionnaire(office: Office, resident: Browser) -> None:
    """Once online, and once on paper by two people."""
    resident.submit(f"{PUBLIC}/questionnaire/1", {"a.1": "2", "w.2": "La montagne"})
    resident.submit(f"{PUBLIC}/questionnaire/send")
    new, clerk = f"{STAFF}/questionnaire/sheets/new", office["clerk"]
    said = {"place": "BIB", "received": "2027-03-29", "language": "fr", "a.1": "1"}
    kept = clerk.submit(new, {**said, "nonce": clerk.get_page(new).value_of("nonce")})
    number = re.search(r"Gardée comme feuille (\d+)", kept.text)
    assert number
    office["reader"].submit(f"{STAFF}/questionnaire/sheets/{number[1]}", said)


def hear(office: Office) -> None:
    """The evening: order of speakers, run sheet, name cards and clock; who spoke has been heard."""
    office.on("2027-04-30")
    visitor, moderator, desk = office.site.visitor(), office["moderator"], f"{STAFF}/hearings"
    assert "Salle du parc" in visitor.get_page(f"{PUBLIC}/hearings").text
    assert "Léa Exemple" in visitor.get_page(f"{PUBLIC}/hearings/1").text
    assert "Léa Exemple" in visitor.get_page(f"{PUBLIC}/hearings/1/timer").text
    for printed in ("run-sheet", "name-cards"):
        assert moderator.get(f"{desk}/1/{printed}.pdf").content.startswith(b"%PDF")
    (speaker,) = [link for link in moderator.get_page(f"{desk}/1").links() if "/speakers/" in link]
    moderator.submit(f"{speaker}/mark", {"state": "heard"})
    assert "Entendu" in moderator.get_page(speaker).text


def analyse(office: Office) -> None:
    """Two people close the questionnaire; the commission codes a passage and takes it into a word processor."""
    office.on("2027-05-10")
    secretary, president, results = office["secretary"], office["president"], f"{STAFF}/questionnaire/results"
    assert "1 décompte" not in president.get_page("/fr/staff").text
    secretary.submit(f"{STAFF}/questionnaire/close")
    assert results in president.get_page("/fr/staff").links(), "what waits for a second person leads there"
    president.post(f"{STAFF}/questionnaire/close/confirm",
                   {"proposal": president.get_page(results).value_of("proposal")})  # fmt: skip
    assert "Réponses : 2" in secretary.submit(f"{STAFF}/questionnaire/count").text
    secretary.submit(f"{results}/publish")
    visitor = office.site.visitor()
    assert f"{PUBLIC}/questionnaire/results" in visitor.get_page(PUBLIC).links()
    assert "Réponses : 2" in visitor.get_page(f"{PUBLIC}/questionnaire/results").text
    commissioner, desk = office["commissioner"], f"{STAFF}/analysis"
    commissioner.submit(f"{desk}/numbers")
    commissioner.submit(f"{desk}/C-1", {"words": "Gardez les érables", "title": "Arbres"})
    assert "1 texte a un passage codé" in office.board()
    for form in ("docx", "odt"):
        taken = commissioner.post(f"{STAFF}/exports/passages", {"format": form, "language": "fr"}, status=200)
        assert taken.content.startswith(b"PK")


def report(office: Office) -> None:
    """The report comes out fifteen days after its delivery; the City answers; the log has it all."""
    office.on("2027-07-30")
    commissioner, desk, visitor = office["commissioner"], f"{STAFF}/follow-up", office.site.visitor()
    commissioner.submit(desk, {"title_fr": "Rapport sur le parc", "delivered_on": "2027-07-30"})
    commissioner.submit(f"{desk}/recommendations", {"words_fr": "Garder les érables."})
    upload(commissioner, desk, {}, "Le rapport")
    assert "Garder les érables" not in visitor.get_page(f"{PUBLIC}/report").text
    office.on("2027-08-14")
    assert "Garder les érables" in visitor.get_page(f"{PUBLIC}/report").text
    office.on("2027-11-05")
    assert "0 sur 1" in office.board()
    said = {"outcome": "accepted", "source": "CM27 0123", "said_on": "2027-11-01", "answer_fr": "Oui."}
    office["commissioner"].submit(f"{desk}/1/answer", said)
    assert "CM27 0123" in visitor.get_page(f"{PUBLIC}/follow-up").text
    board = office.board()
    assert "1 sur 1" in board
    assert "À faire" not in board
    for table in ("participation", "contributions", "questions", "speakers"):
        taken = office["secretary"].post(f"{STAFF}/exports/{table}", {"format": "csv", "language": "fr"}, status=200)
        assert taken.content.startswith(b"\xef\xbb\xbf")
    assert "Réponse de la Ville notée" in office["secretary"].get_page(f"{STAFF}/events").text
