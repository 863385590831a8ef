"""The news of a consultation as an Atom feed (RFC 4287). Pure: text from values."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    """Names it for good: its id in the feed is made of it and of nothing else."""
    at: datetime
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Channel:
    """What the feed says of itself; `updated` where it has no item yet."""

    title: str
    author: str
    url: str
    feed_url: str
    language: str
    updated: datetime


def feed_text(channel: Channel, items: Sequence[Item]) -> bytes:
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed", {LANG: channel.language})
    _add(root, "id", _id(channel.feed_url))
    _add(root, "title", channel.title)
    _add(root, "updated", _moment(max((item.at for item in items), default=channel.updated)))
    ElementTree.SubElement(
        root, f"{{{ATOM}}}link", {"rel": "self", "type": "application/atom+xml", "href": channel.feed_url}
    )
    ElementTree.SubElement(root, f"{{{ATOM}}}link", {"rel": "alternate", "type": "text/html", "href": channel.url})
    _add(ElementTree.SubElement(root, f"{{{ATOM}}}author"), "name", channel.author)
    for item in items:
        entry = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", _id(f"{channel.language}/{item.key}"))
        _add(entry, "title", item.title)
        _add(entry, "updated", _moment(item.at))
        ElementTree.SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "type": "text/html", "href": item.url})
        _add(entry, "summary", item.title)
    found: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _id(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).urn


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
