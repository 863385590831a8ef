"""What staff type into account forms, as typed values or translated errors."""

import re
from dataclasses import dataclass

from starlette.datastructures import FormData

from participation import colour
from participation.accounts.models import Role
from participation.accounts.organisations import Identity
from participation.accounts.service import MINIMUM_PASSWORD
from participation.errors import Message
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.typed import Errors

MAXIMUM_PASSWORD = 1000
"""Characters: more than anybody types, and little enough to hash."""
_OF_THIS_SITE = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")
_PHONE = re.compile(r"[0-9+(][0-9 ()+.\-]{5,}[0-9](,? ?(poste|ext\.?|x|#) ?[0-9]{1,6})?")


def safe_path(target: str) -> str:
    """The target when it is a path of this site, else nothing: no other host, no backslash, no control character."""
    return target if _OF_THIS_SITE.fullmatch(target) else ""


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    password: str
    next_path: str


def read_sign_in(form: FormData) -> SignIn:
    """The credentials; `next` is kept only when it is a path of this site."""
    return SignIn(
        str(form.get("email", "")).strip().lower()[:254],
        str(form.get("password", ""))[:MAXIMUM_PASSWORD],
        safe_path(str(form.get("next", ""))),
    )


@dataclass(frozen=True, slots=True)
class NewPassword:
    old: str
    new: str


def read_new_password(form: FormData) -> tuple[NewPassword, Errors]:
    """The old password and the new one, and the errors by field; whether the old one is right is not seen here."""
    typed = NewPassword(
        str(form.get("old_password", ""))[:MAXIMUM_PASSWORD], str(form.get("new_password", ""))[: MAXIMUM_PASSWORD + 1]
    )
    errors: Errors = {}
    if not typed.old:
        errors["old_password"] = _("Enter the password that you have now.")
    if wrong := _wrong_password(typed.new):
        errors["new_password"] = wrong
    elif typed.new == typed.old:
        errors["new_password"] = _("Choose another password than the one that you have now.")
    return typed, errors


def read_first_password(form: FormData) -> tuple[str, Errors]:
    """A new password where no old one is known, and the errors by field."""
    typed = str(form.get("new_password", ""))[: MAXIMUM_PASSWORD + 1]
    wrong = _wrong_password(typed)
    return typed, {"new_password": wrong} if wrong else {}


def _wrong_password(password: str) -> Message | None:
    if len(password) < MINIMUM_PASSWORD:
        return _("Choose a password of at least %(length)s characters.", length=MINIMUM_PASSWORD)
    if len(password) > MAXIMUM_PASSWORD:
        return _("Choose a password of at most %(length)s characters.", length=MAXIMUM_PASSWORD)
    return None


@dataclass(frozen=True, slots=True)
class NewStaff:
    email: str
    name: str
    password: str
    roles: tuple[Role, ...]


def read_new_staff(form: FormData) -> tuple[NewStaff, Errors]:
    """The new member of staff and the errors by field; empty errors mean that it can be created."""
    values = set(Role)
    roles = tuple(Role(str(role)) for role in form.getlist("roles") if str(role) in values)
    staff = NewStaff(
        str(form.get("email", "")).strip().lower(),
        str(form.get("name", "")).strip(),
        str(form.get("password", ""))[: MAXIMUM_PASSWORD + 1],
        roles,
    )
    errors: Errors = {}
    if not _is_email(staff.email):
        errors["email"] = _("Enter an e-mail address, such as name@ville.example.")
    if not staff.name or len(staff.name) > 120:
        errors["name"] = _("Enter the person’s name, at most 120 characters.")
    if wrong := _wrong_password(staff.password):
        errors["password"] = wrong
    if not roles:
        errors["roles"] = _("Choose at least one role.")
    return staff, errors


def _is_email(text: str) -> bool:
    """Only what is surely no address is refused: the rest shows when one writes to it."""
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text)) and len(text) <= 254


def read_role(form: FormData) -> Role | None:
    """The role that is given or taken; None when the form names none that exists."""
    name = str(form.get("role", ""))
    return Role(name) if name in set(Role) else None


def read_identity(form: FormData) -> tuple[Identity, Errors]:
    """What the organisation says of itself, and the errors by field."""
    typed = Identity(
        name=_words(form, "name"),
        address=_line(form, "address"),
        privacy_title=_words(form, "privacy_title"),
        privacy_phone=_line(form, "privacy_phone"),
        privacy_email=_line(form, "privacy_email"),
        colour=_colour(_line(form, "colour")),
        english_notice="english_notice" in form,
    )
    errors: Errors = {}
    if not typed.name.get("fr"):
        errors["name_fr"] = _("Enter the name in French: it stands on every page and notice.")
    if not typed.privacy_title.get("fr"):
        errors["privacy_title_fr"] = _(
            "Enter the title in French, such as “Responsable des renseignements personnels”."
        )
    errors |= _too_long(typed) | _wrong_contact(typed) | _wrong_colour(typed.colour)
    return typed, errors


def _line(form: FormData, name: str) -> str:
    """One line, its spaces single."""
    return " ".join(str(form.get(name, "")).split())


def _words(form: FormData, name: str) -> dict[str, str]:
    texts = {locale: _line(form, f"{name}_{locale}") for locale in LOCALES}
    return {locale: words for locale, words in texts.items() if words}


def _too_long(typed: Identity) -> Errors:
    lengths = {f"name_{locale}": (words, 120) for locale, words in typed.name.items()}
    lengths |= {f"privacy_title_{locale}": (words, 120) for locale, words in typed.privacy_title.items()}
    lengths |= {"address": (typed.address, 300), "privacy_phone": (typed.privacy_phone, 40)}
    return {
        name: _("At most %(limit)s characters; this has %(found)s.", limit=limit, found=len(words))
        for name, (words, limit) in lengths.items()
        if len(words) > limit
    }


def _wrong_contact(typed: Identity) -> Errors:
    """A-2.1, s. 65: people must be told how to reach whoever is in charge."""
    errors: Errors = {}
    if not typed.privacy_phone and not typed.privacy_email:
        errors["privacy_phone"] = _("Enter a telephone number or an e-mail address: people must be able to ask.")
    elif typed.privacy_phone and not _PHONE.fullmatch(typed.privacy_phone):
        errors["privacy_phone"] = _("Enter a telephone number, such as 514 555-0101.")
    if typed.privacy_email and not _is_email(typed.privacy_email):
        errors["privacy_email"] = _("Enter an e-mail address, such as name@ville.example.")
    return errors


def _colour(text: str) -> str:
    """#RRGGBB; the number sign may be left out. What is no colour comes back as it was typed."""
    candidate = "#" + text.removeprefix("#")
    return candidate.upper() if colour.is_colour(candidate) else text[:40]


def _wrong_colour(typed: str) -> Errors:
    if not typed:
        return {}
    if not colour.is_colour(typed):
        return {"colour": _("Enter the colour as # and six figures or letters from A to F, such as #0B4A6F.")}
    if colour.is_readable(typed):
        return {}
    tenths = int(colour.lowest_contrast(typed) * 10)  # never rounded up to what it does not reach
    message = _(
        "The contrast of %(colour)s on our paper is %(ratio)s to 1; links and buttons need 4.5 to 1. A darker shade of "
        "it that can be read: %(darker)s.",
        colour=typed,
        ratio=_("%(units)s.%(tenths)s", units=tenths // 10, tenths=tenths % 10),
        darker=colour.readable(typed),
    )
    return {"colour": message}
