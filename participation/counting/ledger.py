"""Digests and the hash chain: how a record is committed to, and how the order of seals is fixed.

Canonical form: JSON with sorted keys, UTF-8, no floats, no spaces, under a version tag; SHA-256.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
UNLESS_DEFAULT: Mapping[str, bool] = {"unless_default": True}
"""Metadata of a dataclass field that came later: it has no place in the canonical form where it says nothing, so that
what was digested before keeps its digest."""


def canonical_json(value: Any) -> str:
    """The one text of a value made of dicts, lists, dataclasses, text, integers, booleans and None.

    TypeError for a float: two machines may print it differently.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value) if _says(field, value)
        }
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _says(field: dataclasses.Field[Any], value: Any) -> bool:
    return "unless_default" not in field.metadata or getattr(value, field.name) != field.default


def digest_of(tag: str, value: Any) -> str:
    """SHA-256, in hexadecimal, of the tag and the canonical form."""
    return hashlib.sha256(f"{tag}\n{canonical_json(value)}".encode()).hexdigest()


def digest_of_set(tag: str, digests: Iterable[str]) -> str:
    """The digest of a set of digests: the order in which they are given does not matter."""
    running = hashlib.sha256(tag.encode())
    for digest in sorted(digests):
        running.update(b"\n" + digest.encode())
    return running.hexdigest()


def next_link(previous: str, leaves: Iterable[str]) -> str:
    """The chain's next checkpoint: the previous one and the sorted commitments sealed with it."""
    return hashlib.sha256(f"{previous}\n{digest_of_set('seal/1', leaves)}".encode()).hexdigest()
