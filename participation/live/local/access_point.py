"""Local mode: what `participation serve --local` makes of the settings, and what it refuses.

The network is named, and everything on it is plain http: no certificate can be had for an address that exists in one
room only. So nothing that belongs on the Internet may be served this way.
"""

from __future__ import annotations

import ipaddress
import re

from pydantic import SecretStr

from participation.settings import Settings

ADDRESS = "10.42.0.1"
"""What NetworkManager gives a laptop on an access point of its own. It works also where a telephone asks another name
server than the laptop's."""
PORT = 80
LONGEST_NAME = 32
"""Bytes of the name of a network (IEEE 802.11)."""
_PASSWORD = re.compile(r"[ -~]{8,63}")
"""What WPA takes: the same signs on every keyboard."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)


class Refused(ValueError):
    """What was asked for makes no sense in local mode: why, and what to do, in a line for the operator."""


def local_settings(settings: Settings, address: str, port: int, name: str, password: str) -> Settings:
    """The settings of a site that only the room sees; `address` is a name or a number, without http:// and port.

    `name` and `password` are those of the access point; empty: as WIFI_NAME and WIFI_PASSWORD say. Refused.
    """
    name = name or settings.wifi_name
    password = password or settings.wifi_password.get_secret_value()
    for problem in (_of_settings(settings), _of_address(address), _of_network(name, password)):
        if problem:
            raise Refused(problem)
    base_url = f"http://{address}" + ("" if port == PORT else f":{port}")
    return settings.in_local_mode(base_url=base_url, wifi_name=name, wifi_password=SecretStr(password))


def _of_settings(settings: Settings) -> str:
    if settings.demo:
        return "The demo lets anybody in the room step into any role. Unset DEMO."
    if not settings.is_sqlite:
        return "Local mode is one laptop with one SQLite file: what the city serves does not go out over plain http."
    if "base_url" in settings.model_fields_set:
        return "Local mode gives itself its address, http://…: unset BASE_URL, and use --address."
    if settings.trusted_proxies:
        return "Nothing stands before a laptop in a room. Unset TRUSTED_PROXIES."
    return ""


def _of_address(address: str) -> str:
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        if _NAME.fullmatch(address):
            return ""
        return "--address is a name or a number alone, such as salle.lan or 10.42.0.1."
    return "" if number.is_private else f"{address} is an address of the Internet. Choose one of the room’s network."


def _of_network(name: str, password: str) -> str:
    if len(name.encode()) > LONGEST_NAME:
        return f"The name of a network has at most {LONGEST_NAME} bytes."
    if password and not name:
        return "A password of the network needs its name: --wifi-name."
    if password and not _PASSWORD.fullmatch(password):
        return "The password of a network has 8 to 63 letters, digits and signs, without accents."
    return ""


def joining_code(name: str, password: str) -> str:
    """What a telephone's camera reads in order to join the network; a backslash goes before each sign that has a
    meaning here. Without a password the network is open."""
    kind = f"WPA;S:{_escaped(name)};P:{_escaped(password)}" if password else f"nopass;S:{_escaped(name)}"
    return f"WIFI:T:{kind};;"


def _escaped(text: str) -> str:
    return re.sub(r'([\\;,":])', r"\\\1", text)
