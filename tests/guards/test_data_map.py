"""A-2.1: every column that could hold personal information says why it exists and how long it lives."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Column, MetaData, String, Table

import participation.app  # noqa: F401  every table is known
from participation.db import metadata
from participation.i18n import LOCALES, catalogue
from participation.privacy import data_map
from participation.processes.notices import COLUMNS, WORDS, data_register

PERSONAL = re.compile(
    r"(^|_)(e?mail|name|first|last|surname|phone|tel|address|street|postal|birth|age|sex|gender|ip|user_agent|contact|"
    r"signature|register_number|person|voter|fields|near|text)(_|$)"
)
NOT_PERSONAL = {
    ("organisation", "name"): "of a public body",
    ("organisation", "address"): "of a public body",
    ("organisation", "privacy_email"): "of an office, by title",
    ("organisation", "privacy_phone"): "of an office, by title",
    ("process", "phone"): "of a public service",
    ("process", "email"): "of a public service",
    ("process", "minimum_age"): "a rule",
    ("process", "contact_months"): "a delay",
    ("process", "eligibility"): "what every voter declares, before anybody does",
    ("process", "match_fields"): "which fields are asked, not what was answered",
    ("register_case", "first_vote"): "what staff decided",
    ("rewrite_permit", "table_name"): "of a table",
    ("search_entry", "address"): "where a text is read on this site",
    ("place", "name"): "of a public place",
    ("place", "address"): "of a public place",
    ("answer", "text"): "of the office, or of a body that answers",
    ("respondent", "name"): "of a body",
    ("speaker", "group_name"): "of a group",
    ("brief_counter", "last"): "a number",
    ("attachment", "file_name"): "the name that its file has for us",
    ("contributor", "group_name"): "of a group",
    ("contributor", "show_name"): "yes or no",
    ("register_counter", "last"): "a number",
    ("floor_settings", "last"): "a number",
    ("speaking_settings", "last"): "a number",
    ("speaking_settings", "per_person"): "a rule",
    ("access_code", "voter_id"): "a random key; the voter's row declares its number",
}
"""Columns whose names look personal and that hold nothing of a person, each with why."""
ACCOUNTS = re.compile(r"(^|_)account_id$")
"""Keys of staff accounts: the account declares its name and address."""


def undeclared(tables: MetaData) -> set[tuple[str, str]]:
    declared = data_map(tables)
    return {
        (table.name, column.name)
        for table in tables.sorted_tables
        for column in table.columns
        if PERSONAL.search(column.name)
        and not ACCOUNTS.search(column.name)
        and (table.name, column.name) not in declared
        and (table.name, column.name) not in NOT_PERSONAL
    }


def test_every_personal_looking_column_is_declared() -> None:
    assert undeclared(metadata) == set()


@pytest.mark.parametrize("name", ["email", "first_name", "home_phone", "postal_code", "ip", "voter_hash", "birth_day"])
def test_the_guard_sees_a_column_that_declares_nothing(name: str) -> None:
    tables = MetaData()
    Table("new_table", tables, Column(name, String))
    assert undeclared(tables) == {("new_table", name)}


def test_exceptions_name_columns_that_exist() -> None:
    known = {(table.name, column.name) for table in metadata.sorted_tables for column in table.columns}
    assert set(NOT_PERSONAL) <= known
    assert not set(NOT_PERSONAL) & set(data_map(metadata))


def test_the_public_register_words_every_declared_column() -> None:
    assert set(data_map(metadata)) == set(COLUMNS)
    assert len(data_register(metadata)) == len(COLUMNS)


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "en"])
def test_the_register_exists_in_every_language(locale: str) -> None:
    words = catalogue(locale)
    for message in (*WORDS.values(), *COLUMNS.values()):
        assert words.gettext(message.msgid) != message.msgid, f"not translated: {message.msgid}"
