"""What a slip may ask, and why: the crossings of ADS+ that a consultation office needs (Montréal, since 2018).

Nothing here is ever asked before the opinion, nor together with it. Sex at birth is not asked; gender is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from participation.errors import Message
from participation.i18n import lazy as _


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the slip. `why` is printed beside it (A-2.1, s. 63.3)."""

    code: str
    title: Message
    why: Message
    options: tuple[tuple[str, Message], ...]


_YES_NO = (("yes", _("Yes")), ("no", _("No")))
QUESTIONS: dict[str, Asked] = {
    each.code: each
    for each in (
        Asked(
            "age", _("How old are you?"), _("To see whether young people and seniors are heard as others are."),
            (
                ("0-17", _("Under 18")), ("18-24", _("18 to 24")), ("25-34", _("25 to 34")), ("35-49", _("35 to 49")),
                ("50-64", _("50 to 64")), ("65-74", _("65 to 74")), ("75", _("75 or more")),
            ),
        ),
        Asked(
            "gender", _("You are…"), _("To see whether women, men and non-binary people are heard alike."),
            (("woman", _("A woman")), ("man", _("A man")), ("non-binary", _("Non-binary")),
             ("other", _("I would say it otherwise"))),
        ),
        Asked(
            "language", _("Which language do you speak most at home?"),
            _("To know in which languages invitations should be made."),
            (("fr", _("French")), ("en", _("English")), ("other", _("Another language"))),
        ),
        Asked(
            "tenure", _("Where you live, you are…"), _("Tenants and owners often see a project differently."),
            (("tenant", _("A tenant")), ("owner", _("An owner")), ("other", _("Neither one nor the other"))),
        ),
        Asked("indigenous", _("Are you First Nations, Inuk or Métis?"),
              _("To see whether Indigenous people who live here are heard."), _YES_NO),
        Asked("racialised", _("Are you a racialised person?"),
              _("To see whether racialised people are heard as others are."), _YES_NO),
        Asked("immigrant", _("Were you born outside Canada?"),
              _("To see whether people who came from elsewhere are heard."), _YES_NO),
        Asked("disability", _("Do you live with a disability?"),
              _("To see whether our ways of taking part keep anybody out."), _YES_NO),
        Asked("first", _("Is it the first time that you take part in a consultation?"),
              _("To know whether we reach new people."), _YES_NO),
        Asked(
            "heard", _("How did you hear of it?"), _("To announce the next one where people see it."),
            (
                ("site", _("On the web")), ("flyer", _("By a flyer or a poster")), ("media", _("In the media")),
                ("group", _("From a group or an organisation")), ("people", _("From somebody I know")),
                ("other", _("Otherwise")),
            ),
        ),
    )
}  # fmt: skip


def chosen(codes: Sequence[str]) -> list[Asked]:
    """The questions of these codes, in the order of the list above."""
    return [asked for code, asked in QUESTIONS.items() if code in codes]
