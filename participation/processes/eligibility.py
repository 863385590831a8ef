"""Who may vote, in the words that a voter declares, and the ages that may give no name.

The declaration is a text of the process: frozen when it is published, the same on the web form and on the slip.
Until somebody writes it, it is composed from the name of the organisation and the minimum age.
"""

from __future__ import annotations

from collections.abc import Mapping

from participation.counting.spec import RegisterKind
from participation.errors import Message
from participation.i18n import LOCALES, translate
from participation.i18n import lazy as _
from participation.processes.models import LocalText

CONSENT_AGE = 14
"""Under this age a person's own consent to give personal information does not suffice (A-2.1, s. 53.1)."""


def declared_age(register: RegisterKind, minimum_age: int) -> int:
    """The age that a declaration states: with an open register, whoever is too young to give a name makes none."""
    return max(CONSENT_AGE, minimum_age) if register is RegisterKind.OPEN else minimum_age


def young_ages(minimum_age: int) -> Message | None:
    """The ages that may give no name, as in “12 or 13”; None where nobody who votes is so young."""
    if minimum_age >= CONSENT_AGE:
        return None
    oldest = CONSENT_AGE - 1
    if minimum_age < 2:
        return _("under %(age)s", age=CONSENT_AGE)
    if minimum_age == oldest:
        return _("%(age)s", age=oldest)
    if minimum_age == oldest - 1:
        return _("%(youngest)s or %(oldest)s", youngest=minimum_age, oldest=oldest)
    return _("%(youngest)s to %(oldest)s", youngest=minimum_age, oldest=oldest)


def composed(body: Mapping[str, str], register: RegisterKind, minimum_age: int) -> LocalText:
    """The declaration that nobody has written yet, in each language of the site; `body` is the organisation's name."""
    age = declared_age(register, minimum_age)
    words: LocalText = {}
    for locale in LOCALES:
        lives = _("I live in the territory of this body: %(name)s.", name=body.get(locale) or body.get("fr", ""))
        said = [_("I am %(age)s or older.", age=age), lives] if age else [lives]
        words[locale] = " ".join(translate(sentence, locale) for sentence in said)
    return words
