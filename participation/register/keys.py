"""Keyed hashes and ciphers for names, codes, tags and receipts.

Two kinds of key. The platform's, derived from its secret: codes, receipts, near-match hashes. And one
voting key per spec, a file outside the database and its backup, destroyed when intake closes: marks and
tags hang on it, so that afterwards nothing leads from a person to a ballot.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.settings import Settings

RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0 O 1 I: what is read aloud or from paper is not confused. 32 signs, 5 bits each."""

_SIGNS = bytes(ord(RECEIPT_ALPHABET[byte & 31]) for byte in range(256))
TRUSTED_FOR = 1.0
"""Seconds after which a key is read again: another process may have destroyed it."""


class Keys:
    """Every keyed operation of register and ballots."""

    def __init__(self, settings: Settings) -> None:
        self._code = settings.key("access-code")
        self._receipt = settings.key("receipt")
        self._near = settings.key("near-match")
        self._dir = settings.keys_dir
        self._loaded: dict[uuid.UUID, tuple[bytes, float]] = {}

    def code_hash(self, spec_id: uuid.UUID, normalised: str) -> str:
        return hmac.digest(self._code, f"{spec_id}|{normalised}".encode(), "sha256").hex()

    def receipt_code(self, nonce: str) -> str:
        """Sixteen signs, always the same for the same nonce: a retry after any crash gives the same receipt."""
        raw = hmac.digest(self._receipt, nonce.encode(), "sha256")
        return raw[:16].translate(_SIGNS).decode()

    @staticmethod
    def plain_hash(value: str) -> str:
        return sha256(value.encode()).hexdigest()

    def near_hash(self, spec_id: uuid.UUID, part: str) -> str:
        return hmac.digest(self._near, f"{spec_id}|{part}".encode(), "sha256").hex()

    # What follows hangs on the spec's voting key and fails once it is destroyed.

    def create(self, spec_id: uuid.UUID) -> None:
        """Makes the voting key of a spec, once; readable by the owner only."""
        self._dir.mkdir(parents=True, exist_ok=True)
        path = self._path(spec_id)
        if path.exists():
            return
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())

    def destroy(self, spec_id: uuid.UUID) -> None:
        """Overwrites and removes the key. Doing it twice is harmless."""
        self._loaded.pop(spec_id, None)
        path = self._path(spec_id)
        if path.exists():
            path.write_bytes(secrets.token_bytes(32))
            path.unlink()

    def voter_hash(self, spec_id: uuid.UUID, identity: str) -> str:
        """The name of a mark: one person in one spec."""
        return self._keyed(spec_id, f"mark|{identity}")

    def tag(self, spec_id: uuid.UUID, voter_hash: str) -> str:
        """The tag of that person's online ballots. Without the key it cannot be got from the mark."""
        return self._keyed(spec_id, f"tag|{voter_hash}")

    def nonce_hash(self, spec_id: uuid.UUID, nonce: str) -> str:
        """What tells a second arrival of the same vote. Without the key a nonce that a telephone kept leads nowhere."""
        return self._keyed(spec_id, f"nonce|{nonce}")

    def encrypt_fields(self, spec_id: uuid.UUID, fields: Mapping[str, str]) -> bytes:
        nonce = secrets.token_bytes(12)
        text = json.dumps(dict(fields), ensure_ascii=False).encode()
        return nonce + AESGCM(self._field_key(spec_id)).encrypt(nonce, text, None)

    def decrypt_fields(self, spec_id: uuid.UUID, sealed: bytes) -> dict[str, str]:
        text = AESGCM(self._field_key(spec_id)).decrypt(sealed[:12], sealed[12:], None)
        fields: dict[str, str] = json.loads(text)
        return fields

    def _field_key(self, spec_id: uuid.UUID) -> bytes:
        return bytes.fromhex(self._keyed(spec_id, "fields"))

    def _keyed(self, spec_id: uuid.UUID, text: str) -> str:
        key, read_at = self._loaded.get(spec_id, (b"", -TRUSTED_FOR))
        if time.monotonic() - read_at >= TRUSTED_FOR:
            key = self._load(spec_id)
        return hmac.digest(key, text.encode(), "sha256").hex()

    def _load(self, spec_id: uuid.UUID) -> bytes:
        self._loaded.pop(spec_id, None)
        try:
            key = self._path(spec_id).read_bytes()
        except FileNotFoundError as error:
            raise Conflict(
                _("The voting key of this vote no longer exists: its intake is closed."),
                _("Nothing more can be received. Results and recounts do not need the key."),
            ) from error
        self._loaded[spec_id] = (key, time.monotonic())
        return key

    def _path(self, spec_id: uuid.UUID) -> Path:
        return self._dir / f"{spec_id}.key"
