"""A thread and what readers do with it: a sign that it helps, following it, speaking of a document, a question or a
project; the office that answers in it, two moderators at one comment, a connection that is stopped for a while."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

from sqlalchemy import select
from sqlmodel import col

from participation.accounts.models import Role
from participation.consultations.comments import reactions
from participation.consultations.comments.reactions import forget_devices
from participation.consultations.models import (
    ConsultationSettings,
    Contribution,
    ContributionTally,
    Moderation,
    ModerationDecision,
    Origin,
    Reaction,
    Suspension,
)
from participation.consultations.subscriptions.feed import ATOM
from participation.consultations.subscriptions.service import tell_subscribers as tell
from participation.consultations.suspensions import ORIGIN_KEPT, forget_origins
from participation.processes.models import Process
from tests.builders import NOON, build_account, build_world
from tests.client import Browser, Page, Site
from tests.consultations.stories import Consultation, build_consultation, build_office
from tests.consultations.test_comments import decide, say
from tests.consultations.test_subscriptions import letters, link_in

DAY = timedelta(days=1)
RULES = {"moderation": "after", "edit_minutes": "30", "themes": "Hauteurs", "charter_fr": "", "charter_en": ""}


def figures(site: Site) -> list[tuple[object, ...]]:
    with site.database.reading() as session:
        return sorted(tuple(row) for row in session.execute(select(*ContributionTally.__table__.c)))  # type: ignore[attr-defined]


def sign(browser: Browser, world: Consultation, act: str = "give", number: int = 1, *, status: int = 303) -> None:
    browser.post(f"{world.public}/comments/{number}/reaction", {"act": act}, status=status)


def test_a_sign_that_it_helps_is_given_once_taken_back_and_is_no_participation(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    office = build_office(site.database, world)
    reader, other = site.visitor(), site.visitor()
    say(reader, world, "Six étages, pas dix.")
    reader.post(f"{world.public}/comments/1", {"text": "D’accord.", "language": "fr", "nonce": "r"})
    thread = f"{world.public}/comments/1"
    sign(reader, world, status=404)
    assert "M’aide à comprendre" not in reader.get_page(thread).text, "off until the office wants it"
    site.signed_in(office.admin).submit(f"{world.staff}/moderation/settings", RULES | {"reactions": "1"})
    before = figures(site)

    for _click in range(2):
        sign(reader, world)
    sign(other, world, number=2)
    page = reader.get_page(thread)
    assert page.text.count("A aidé 1 personne") == 2
    assert "n’est pas une participation" in page.text
    assert [form["action"] for form in page.all("form") if "reaction" in form.get("action", "")] == [
        f"{thread}/reaction", f"{world.public}/comments/2/reaction"
    ]  # fmt: skip
    assert page.html.count('value="take_back"') == page.html.count('value="give"') == 1, "each device knows its own"
    assert "A aidé 1 personne" in other.get_page(f"{world.public}/comments").text
    assert figures(site) == before, "it is in no figure"
    paths = {each.path for each in reader.client.cookies.jar if each.name == reactions.COOKIE}
    assert paths == {f"/{locale}{world.path}/comments" for locale in ("fr", "en")}, "the rest of the site never sees it"
    for _click in range(2):
        sign(reader, world, "take_back")
    sign(site.visitor(), world, "take_back")
    assert reader.get_page(thread).text.count("A aidé 1 personne") == 1
    with site.database.reading() as session:
        helped = select(col(Contribution.helped)).order_by(col(Contribution.number))
        assert session.execute(helped).scalars().all() == [0, 1]

    for _program in range(reactions.TO_ONE_COMMENT - 1):
        sign(site.visitor(), world, number=2)
    sign(site.visitor(), world, number=2, status=429)
    with site.database.writing() as session:
        forget_devices(session, NOON + 200 * DAY)
        assert session.execute(select(Reaction)).first() is None


def test_a_discussion_is_followed_by_e_mail_and_in_a_news_reader(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    say(resident, world, "Six étages.")
    page_of_it = f"{world.public}/subscribe?thread=1"
    assert "Suivre cette consultation" in resident.get_page(page_of_it).text, "nobody can read it yet"
    decide(site, world, moderator, 1)
    thread = resident.get_page(f"{world.public}/comments/1")
    assert page_of_it in thread.links()
    assert any(link.get("href") == f"{world.public}/comments/1/feed.atom" for link in thread.all("link"))
    assert resident.get_page(page_of_it).value_of("thread") == "1"
    resident.submit(f"{world.public}/subscribe", {"email": "lea@example.org", "thread": "1"})
    resident.submit(f"{world.public}/subscribe", {"email": "lea@example.org"})
    first, whole = sorted(letters(site), key=lambda letter: "C-1" not in letter.body)
    assert "C-1" in first.body
    assert "C-1" not in whole.body
    resident.submit(link_in(first))

    resident.post(f"{world.public}/comments/1", {"text": "Huit plutôt.", "language": "fr", "nonce": "r"})
    assert tell(site.database, site.settings, NOON + DAY) == 0, "a reply that nobody has read yet is no news"
    site.at = NOON + 8 * DAY
    moderator = site.signed_in(office.moderator)
    decide(site, world, moderator, 2)
    site.at += timedelta(hours=1)
    answer = {"text": "La Ville étudie huit étages.", "nonce": "official"}
    moderator.submit(f"{world.staff}/moderation/1/answer", answer)
    assert tell(site.database, site.settings, site.at + timedelta(hours=2)) == 1
    assert tell(site.database, site.settings, site.at + timedelta(hours=3)) == 0
    news = letters(site)[-1]
    assert "Réponse de l’office, C-3" in news.body
    assert "/comments/1#C-2" in news.body, "a week of waiting for the moderator does not make it old"
    assert "étape" not in news.body, "who follows a thread hears of nothing else"
    root = ElementTree.fromstring(resident.get(f"{world.public}/comments/1/feed.atom").text.encode())
    titles = [each.text or "" for each in root.iter(f"{{{ATOM}}}title")]
    assert [title.split()[-1] for title in titles] == ["C-1", "C-3", "C-2"]
    stop = news.one_click.partition("//")[2].partition("/")[2]
    site.visitor().client.post(f"/{stop}", data={"List-Unsubscribe": "One-Click"})
    page = resident.get_page(f"{world.public}/comments/1")
    assert "Réponse de l’office" in page.text
    assert page.html.count("contribution-official") == 1
    decide(site, world, moderator, 1, decision="refuse", reason="off-topic")
    resident.get(f"{world.public}/comments/1/feed.atom", status=404)
    assert tell(site.database, site.settings, site.at + 2 * DAY) == 0


def test_a_comment_speaks_of_a_question_or_of_nothing_that_is_not_there(site: Site) -> None:
    world = build_consultation(site.database, days=35)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    resident.post(f"{world.public}/questions", {"text": "Combien d’étages?", "language": "fr", "nonce": "q"})
    about = f"{world.public}/comments?about=question&ref=1"
    assert "question Q-1" not in resident.get_page(about).text, "it is not public yet"
    decide(site, world, moderator, 1)
    assert about in resident.get_page(f"{world.public}/questions/1").links()
    site.at = NOON + 5 * DAY
    page = resident.get_page(about)
    assert "question Q-1" in page.text
    say(resident, world, "Bonne question.", about="question", ref="1")
    say(resident, world, "Rien de tel.", "other", about="document", ref="<script>99")
    moderator = site.signed_in(office.moderator)
    for number in (2, 3):
        decide(site, world, moderator, number)
    only = resident.get_page(about).text
    assert "Bonne question." in only
    assert "Rien de tel." not in only
    everything = resident.get_page(f"{world.public}/comments")
    assert f"{world.public}/questions/1" in everything.links(), "the list says of what a comment speaks"
    assert "<script>99" not in everything.html


def test_projects_of_a_vote_are_commented_on_where_and_while_the_city_wants(site: Site) -> None:
    world = build_world(site.database, site.keys)
    with site.database.reading() as session:
        process = session.get_one(Process, world.process_id)
        organisation_id, slug = process.organisation_id, process.slug
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], organisation_id))
    resident = site.visitor()
    public, staff = f"/fr/ville/{slug}", f"/fr/staff/ville/{slug}"
    project = f"{public}/projects/ville/02"
    comments = f"{public}/comments?about=project&ref=ville/02"
    form = {"text": "Un banc de plus?", "language": "fr", "nonce": "n", "about": "project", "ref": "ville/02"}
    assert comments not in resident.get_page(project).links()
    resident.post(f"{public}/comments", form, status=409)
    assert "Commentaires sur les projets" in admin.get_page(f"{staff}/moderation/settings").text
    admin.submit(f"{staff}/moderation/settings", RULES | {"project_comments": "study"})
    resident.post(f"{public}/comments", form, status=409)
    admin.submit(f"{staff}/moderation/settings", RULES | {"project_comments": "vote"})
    assert comments in resident.get_page(project).links()
    assert "Projet 2" in resident.get_page(comments).text
    resident.post(f"{public}/comments", form)
    page = resident.get_page(comments)
    assert "Un banc de plus?" in page.text
    assert "Un banc de plus?" not in resident.get_page(f"{public}/comments?about=project&ref=ville/01").text
    assert project in resident.get_page(f"{public}/comments").links()
    decide_one = admin.get_page(f"{staff}/moderation/1")
    assert "Un banc de plus?" in decide_one.text


def test_the_second_moderator_learns_who_decided_what_and_loses_nothing(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident = site.visitor()
    mo, ada = site.signed_in(office.moderator), site.signed_in(office.admin)
    mine = say(resident, world, "Premier texte.")
    seen = {browser: browser.get_page(f"{world.staff}/moderation").value_of("seen") for browser in (mo, ada)}
    resident.submit(f"{mine}/correct", {"text": "Texte corrigé entre-temps."})
    stale = mo.post(f"{world.staff}/moderation/1", {"decision": "publish", "seen": seen[mo]}, status=409)
    page = Page(stale.text)
    assert "a corrigé son texte" in page.text
    assert "Texte corrigé entre-temps." in page.text
    mo.submit(f"{world.staff}/moderation/1", {"decision": "publish", "seen": page.value_of("seen")})
    refusal = {"decision": "refuse", "reason": "hate", "note": "Ma note reste.", "seen": seen[ada]}
    second = Page(ada.post(f"{world.staff}/moderation/1", refusal, status=409).text)
    assert "<strong>Publiée</strong>, Mo Moderator" in second.html
    assert second.value_of("note") == "Ma note reste."
    assert [option["value"] for option in second.all("option") if "selected" in option] == ["hate"]
    with site.database.reading() as session:
        assert len(session.execute(select(ModerationDecision)).all()) == 1
    ada.submit(f"{world.staff}/moderation/1", refusal | {"seen": second.value_of("seen")})
    resident.get(f"{world.public}/comments/1", status=404)
    resident.submit(f"{mine}/withdraw")
    gone = Page(mo.post(f"{world.staff}/moderation/1", {"decision": "publish"}, status=409).text)
    assert "a retiré" in gone.text


def test_a_report_is_looked_at_and_set_aside(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    say(resident, world, "Six étages.")
    for place in range(3):
        note = {"reason": "hate", "note": f"Parce que {place} <b>gras</b>"}
        assert "Merci" in Page(resident.post(f"{world.public}/comments/1/report", note, status=200).text).text
    queue = moderator.get_page(f"{world.staff}/moderation")
    assert queue.text.count("Parce que") == 3
    assert "<b>gras" not in queue.html
    assert queue.html.count(f"{world.staff}/moderation/1/settle") == 1, "however many report it, it is looked at once"
    moderator.submit(f"{world.staff}/moderation/1/settle")
    assert "Parce que" not in moderator.get_page(f"{world.staff}/moderation").text
    resident.get_page(f"{world.public}/comments/1")


def test_a_connection_that_insults_is_stopped_for_a_while_and_told_why(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    say(resident, world, "Insulte.")
    say(resident, world, "Texte d’une autre personne à la bibliothèque.", "two")
    page = moderator.get_page(f"{world.staff}/moderation/1")
    assert "C-2" in page.text, "a moderator sees what else came from there"
    one = f"{world.staff}/moderation/1"
    moderator.post(f"{one}/suspend", {"suspended_for": "hate", "days": "400"}, status=422)
    moderator.submit(f"{one}/suspend", {"suspended_for": "hate", "days": "7"})
    for path in ("comments", "questions"):
        form = {"text": "Un autre texte à garder.", "language": "fr", "nonce": "three"}
        refused = resident.post(f"{world.public}/{path}", form, status=403)
        assert "Un autre texte à garder." in refused.text
        assert "pendant 7 jours" in Page(refused.text).text
    assert "1 connexion est suspendue" in resident.get_page(f"{world.public}/moderation").text
    assert "C-1" in moderator.get_page(f"{world.staff}/moderation").text
    moderator.submit(f"{one}/resume")
    say(resident, world, "De nouveau admis.", "four")
    moderator.submit(f"{one}/suspend", {"suspended_for": "hate", "days": "1"})
    site.at = NOON + DAY
    say(resident, world, "Le délai est passé.", "five")
    with site.database.writing() as session:
        forget_origins(session, site.at + ORIGIN_KEPT + DAY)
        assert session.execute(select(Origin)).first() is None
        assert session.execute(select(Suspension)).first() is None
    moderator = site.signed_in(office.moderator)
    assert "De la même connexion" not in moderator.get_page(one).text
    moderator.post(f"{one}/suspend", {"suspended_for": "hate", "days": "1"}, status=409)


def test_a_theme_keeps_its_comments_wherever_its_line_moves(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    admin = site.signed_in(build_office(site.database, world).admin)
    say(site.visitor(), world, "Six étages.", theme="1")

    def rewrite(*lines: str) -> dict[str, str]:
        admin.submit(f"{world.staff}/moderation/settings", RULES | {"themes": "\n".join(lines)})
        with site.database.reading() as session:
            themes = session.get_one(ConsultationSettings, world.process_id).themes
        return {theme["title"]["fr"]: theme["code"] for theme in themes}

    assert rewrite("Parcs | Parks", "Logement | Housing", "Hauteurs | Heights") == {
        "Parcs": "3", "Logement": "2", "Hauteurs": "1",
    }  # fmt: skip
    assert rewrite("Parcs | Parks", "Logement | Housing", "Hauteurs et vues")["Hauteurs et vues"] == "1", (
        "a better word"
    )
    assert "Hauteurs et vues" in site.visitor().get_page(f"{world.public}/comments/1").text
    assert rewrite("Hauteurs et vues", "Transport", "Écoles")["Hauteurs et vues"] == "1"
