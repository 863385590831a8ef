"""State that travels through the clerk's browser, readable by this server only, for one person and a while.

A first typing that a second must repeat blind, and the outcome of an acceptance, lie in no table.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from participation.errors import Invalid
from participation.i18n import lazy as _

LIFE = timedelta(hours=2)


def seal(key: bytes, account_id: uuid.UUID, state: Mapping[str, Any], at: datetime) -> str:
    """`state` as text that only `unseal` with the same key and person reads."""
    nonce = secrets.token_bytes(12)
    text = json.dumps({"at": at.isoformat(), "state": dict(state)}, ensure_ascii=False).encode()
    sealed = nonce + AESGCM(key).encrypt(nonce, text, account_id.bytes)
    return base64.urlsafe_b64encode(sealed).decode()


def unseal(key: bytes, account_id: uuid.UUID, token: str, at: datetime, life: timedelta = LIFE) -> dict[str, Any]:
    """What was sealed. Invalid when it is too old, another person's, or not ours."""
    try:
        sealed = base64.urlsafe_b64decode(token.encode())
        content = json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], account_id.bytes))
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Invalid(_REFUSED, _AGAIN) from error
    if not timedelta(0) <= at - datetime.fromisoformat(content["at"]) <= life:
        raise Invalid(_REFUSED, _AGAIN)
    state: dict[str, Any] = content["state"]
    return state


_REFUSED = _("This page is too old, or belongs to another session.")
_AGAIN = _("Start again from the intake desk. What was accepted before stays accepted.")
