"""One laptop in a room without the Internet: what it refuses, what it tells devices, where it leads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from participation.app import create_app
from participation.live.local.access_point import Refused, joining_code, local_settings
from participation.live.local.captive import APPLE, BY_PATH
from participation.settings import Settings
from tests import databases
from tests.conftest import SECRET

HALL = "http://salle.lan"
PROBES = {
    "http://connectivitycheck.gstatic.com/generate_204": (204, ""),
    "http://connectivity-check.ubuntu.com/": (204, ""),
    "http://captive.apple.com/hotspot-detect.html": (200, APPLE),
    "http://captive.apple.com/xyz/abc.html": (200, APPLE),
    "http://www.msftconnecttest.com/connecttest.txt": (200, "Microsoft Connect Test"),
    "http://detectportal.firefox.com/success.txt?ipv4": (200, "success\n"),
    "http://nmcheck.gnome.org/check_network_status.txt": (200, "NetworkManager is online\n"),
}


def configured(folder: Path, **given: Any) -> Settings:
    values = {"database_url": f"sqlite:///{folder / 'test.db'}", "secret_key": SecretStr(SECRET), "log_level": "ERROR"}
    return Settings(**{**values, "keys_dir": folder / "keys", "files_dir": folder / "files", **given})


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[TestClient]:
    """A laptop in a hall, as a device on its network sees it."""
    with databases.sqlite_url(tmp_path):
        settings = local_settings(configured(tmp_path), "salle.lan", 80, "Salle 2", "rive:claire")
        with TestClient(create_app(settings), base_url=HALL, follow_redirects=False) as client:
            yield client


@pytest.mark.parametrize(
    ("given", "address", "network", "said"),
    [
        ({"demo": True}, "10.42.0.1", ("", ""), "DEMO"),
        ({"database_url": "postgresql+psycopg://city/participation"}, "10.42.0.1", ("", ""), "SQLite"),
        ({"base_url": "https://participation.example"}, "10.42.0.1", ("", ""), "BASE_URL"),
        ({"trusted_proxies": "10.0.0.1"}, "10.42.0.1", ("", ""), "TRUSTED_PROXIES"),
        ({}, "198.18.1.1/m", ("", ""), "name or a number"),
        ({}, "8.8.8.8", ("", ""), "Internet"),
        ({}, "10.42.0.1", ("é" * 17, "long enough"), "32 bytes"),
        ({}, "10.42.0.1", ("", "long enough"), "--wifi-name"),
        ({}, "10.42.0.1", ("Salle", "short"), "8 to 63"),
        ({}, "10.42.0.1", ("Salle", "Québec 2027"), "without accents"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    tmp_path: Path, given: dict[str, Any], address: str, network: tuple[str, str], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        local_settings(configured(tmp_path, **given), address, 80, *network)


def test_the_network_comes_from_the_settings_where_the_command_line_is_silent(tmp_path: Path) -> None:
    settings = configured(tmp_path, wifi_name="Salle 2", wifi_password=SecretStr("rive:claire"))
    local = local_settings(settings, "salle.lan", 8210, "", "")
    assert (local.base_url, local.wifi_name, local.is_https) == ("http://salle.lan:8210", "Salle 2", False)


def test_the_environment_does_not_turn_a_site_into_one_of_plain_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what `serve --local` has checked is in local mode."""
    for name in ("LOCAL_MODE", "_LOCAL_MODE"):
        monkeypatch.setenv(name, "1")
    settings = configured(tmp_path)
    assert not settings.local_mode
    assert local_settings(settings, "salle.lan", 80, "", "").local_mode
    assert not settings.local_mode


def test_signs_with_a_meaning_are_escaped_in_the_code_that_joins_the_network() -> None:
    assert joining_code("Salle 2", "rive-claire") == "WIFI:T:WPA;S:Salle 2;P:rive-claire;;"
    assert joining_code('a;b,c:d"e\\f', "p;p:p") == 'WIFI:T:WPA;S:a\\;b\\,c\\:d\\"e\\\\f;P:p\\;p\\:p;;'
    assert joining_code("Ouvert", "") == "WIFI:T:nopass;S:Ouvert;;"


def test_devices_that_look_for_the_internet_hear_what_keeps_them_here(laptop: TestClient) -> None:
    """Under other names only: here these addresses are nothing."""
    for address, expected in PROBES.items():
        answer = laptop.get(address)
        assert (answer.status_code, answer.text) == expected, address
        assert answer.headers["cache-control"] == "no-store"
    for path in BY_PATH:
        assert laptop.get(path).status_code == 404


def test_every_other_host_leads_to_ours_and_reaches_nothing(laptop: TestClient) -> None:
    for address in ("http://example.org/fr/staff/sign-in", "http://10.42.0.1/", "http://salle.lan.evil.example/m"):
        for answer in (laptop.get(address), laptop.post(address, data={"code": "123456"})):
            assert (answer.status_code, answer.headers["location"]) == (303, f"{HALL}/")
            assert "set-cookie" not in answer.headers
    assert laptop.get("/").headers["location"] == "/fr/m"
    assert laptop.get("http://SALLE.LAN:80/fr/m").status_code == 200
