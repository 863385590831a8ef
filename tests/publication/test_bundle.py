"""The public bundle is counted again without a database; what was changed in it is found, what is no bundle refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from participation.cli import app
from participation.counting.spec import CountingRule, Disclosure, Reserve
from participation.publication import bundle
from tests.builders import build_question, build_spec
from tests.client import Site
from tests.publication.stories import certified_vote

Files = Mapping[str, bytes]


def verified(file: Path) -> tuple[int, str]:
    """Exit code and what was said."""
    answer = CliRunner().invoke(app, ["verify", str(file)])
    return answer.exit_code, answer.output


def pack(file: Path, files: Files) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


@pytest.fixture
def files(site: Site) -> Files:
    """The bundle of a vote with what `participation count` cannot express: a reserve and an excluded pair."""
    rule = CountingRule(exclusive_pairs=(("1", "2"),), reserves=(Reserve("Lachine", 20_000_00),))
    spec = replace(build_spec(build_question(rule=rule)), disclosure=Disclosure.BALLOTS)
    world, _staff = certified_vote(site, spec)
    path = Path(site.settings.keys_dir) / "taken.zip"
    path.write_bytes(site.visitor().get(f"/en{world.path}/results/ballots.zip").content)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_published_bundle_agrees_to_the_last_number(files: Files, tmp_path: Path) -> None:
    code, said = verified(pack(tmp_path / "b.zip", files))
    assert (code, "DIFFERS" in said) == (0, False), said
    assert "51 ballots, 1 of them blank" in said
    assert json.loads(files["count.json"])["spec"] in said


def test_no_group_of_ballots_is_told_apart_in_the_bundle(files: Files) -> None:
    """Exact numbers by way of voting would show groups of fewer than twenty."""
    assert b"keyed" not in files["count.json"]
    assert b"counter" not in files["count.json"]


def one_ballot_more(files: dict[str, bytes]) -> None:
    files["ville.pb"] = files["ville.pb"].replace(b"num_votes;51", b"num_votes;52") + b"52;4\n"


def another_rule(files: dict[str, bytes]) -> None:
    spec = json.loads(files["spec.json"])
    spec["questions"][0]["rule"]["reserves"] = []
    files["spec.json"] = json.dumps(spec).encode()


def another_winner(files: dict[str, bytes]) -> None:
    stated = json.loads(files["count.json"])
    stated["contests"][0]["allocation"]["selected"] = ["1"]
    files["count.json"] = json.dumps(stated).encode()


def another_total(files: dict[str, bytes]) -> None:
    rows = files["totals.csv"].split(b"\r\n")
    files["totals.csv"] = b"\r\n".join(
        [rows[0], rows[1].replace(b",0,", b",9,"), rows[2].replace(b",20,", b",9,"), *rows[3:]]
    )


@pytest.mark.parametrize("change", [one_ballot_more, another_rule, another_winner, another_total])
def test_what_was_changed_is_found(files: Files, tmp_path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    changed = dict(files)
    change(changed)
    assert changed != files
    code, said = verified(pack(tmp_path / "b.zip", changed))
    assert code == 1, said
    assert "DIFFERS" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spec.json", b"{}"),
        ("spec.json", b"\xff"),
        ("spec.json", b"[" * 100_000),
        ("count.json", b"[]"),
        ("count.json", b'{"format": "public-bundle/9"}'),
        ("ville.pb", b"META\n"),
        ("totals.csv", b"contest\nville"),
    ],
)
def test_a_malformed_bundle_is_refused(files: Files, tmp_path: Path, name: str, content: bytes) -> None:
    code, said = verified(pack(tmp_path / "b.zip", {**files, name: content}))
    assert code == 2, said
    assert "Traceback" not in said


def test_what_unpacks_to_more_than_a_city_has_is_not_unpacked(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 1_000_000)
    code, said = verified(pack(tmp_path / "b.zip", {**files, "bomb": b"0" * 5_000_000}))
    assert (code, "unpacks to more" in said) == (2, True)
    code, said = verified(pack(tmp_path / "c.zip", {f"{place}": b"" for place in range(bundle.MOST_FILES + 1)}))
    assert (code, "files in it" in said) == (2, True)


def test_what_is_no_archive_is_refused(tmp_path: Path, files: Files) -> None:
    (tmp_path / "b.zip").write_bytes(b"PK but no archive")
    assert verified(tmp_path / "b.zip")[0] == 2
    whole = pack(tmp_path / "c.zip", files).read_bytes()
    (tmp_path / "c.zip").write_bytes(whole[:40] + b"\0\0\0\0" + whole[44:])
    assert verified(tmp_path / "c.zip")[0] == 2
