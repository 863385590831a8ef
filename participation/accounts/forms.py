"""What staff type into account forms, as typed values or translated errors."""

from dataclasses import dataclass

from starlette.datastructures import FormData

from participation.accounts.models import Role
from participation.errors import Message
from participation.i18n import lazy as _


@dataclass(frozen=True, slots=True)
class SignIn:
    email: str
    password: str
    next_path: str


def read_sign_in(form: FormData) -> SignIn:
    """The credentials; `next` is kept only when it is a path of this site."""
    target = str(form.get("next", ""))
    safe = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return SignIn(str(form.get("email", ""))[:254], str(form.get("password", ""))[:1000], target if safe else "")


@dataclass(frozen=True, slots=True)
class NewStaff:
    email: str
    name: str
    password: str
    roles: tuple[Role, ...]


def read_new_staff(form: FormData) -> tuple[NewStaff, dict[str, Message]]:
    """The new member of staff and the errors by field; empty errors mean that it can be created."""
    values = set(Role)
    roles = tuple(Role(str(role)) for role in form.getlist("roles") if str(role) in values)
    staff = NewStaff(
        str(form.get("email", "")).strip().lower(),
        str(form.get("name", "")).strip(),
        str(form.get("password", "")),
        roles,
    )
    errors: dict[str, Message] = {}
    if "@" not in staff.email or len(staff.email) > 254:
        errors["email"] = _("Enter an e-mail address, such as name@ville.example.")
    if not staff.name or len(staff.name) > 120:
        errors["name"] = _("Enter the person’s name, at most 120 characters.")
    if len(staff.password) < 12:
        errors["password"] = _("Choose a password of at least 12 characters.")
    if not roles:
        errors["roles"] = _("Choose at least one role.")
    return staff, errors
