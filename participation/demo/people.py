"""Fictional people: no two share what the register compares, unless the story wants a possible duplicate.

Postal codes begin with H0, which exists nowhere in Montréal; last names say what they are.
"""

from __future__ import annotations

from participation.counting.spec import MatchField

Fields = dict[str, str]

FIRST_NAMES = (
    "Adèle", "Ahmed", "Amélie", "Bao", "Béatrice", "Carlos", "Chantal", "Daphné", "David", "Élise", "Émile", "Fatou",
    "Félix", "Gabrielle", "Hugo", "Inès", "Ivan", "Jade", "Karim", "Laure", "Léo", "Linh", "Louise", "Malik", "Maïa",
    "Nadia", "Noé", "Olivia", "Omar", "Paul", "Quitterie", "Rachel", "Rosalie", "Samir", "Simone", "Thomas", "Tania",
    "Victor", "Yasmine", "Zoé",
)  # fmt: skip
LAST_NAMES = (
    "Bouchard", "Tremblay", "Gagnon", "Roy", "Côté", "Gauthier", "Morin", "Lavoie", "Fortin", "Gagné", "Ouellet",
    "Pelletier", "Bélanger", "Lévesque", "Bergeron", "Leblanc", "Paquette", "Girard", "Simard", "Boucher", "Caron",
    "Beaulieu", "Cloutier", "Dubé", "Poirier", "Fournier", "Lapointe", "Leclerc", "Lefebvre", "Poulin", "Nguyen",
    "Diallo", "Benali", "Silva", "Haddad", "Joseph", "Charles", "Kowalski", "Rossi", "Tran",
)  # fmt: skip
_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
_DAYS = tuple(
    (day, month)
    for month, days in enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1)
    for day in range(1, days + 1)
)
MOST = len(_DAYS) * len(LAST_NAMES)
"""How many people there are before a last name and a birthday come together again."""


def person(number: int) -> Fields:
    """The matching fields of one of `MOST` people. Same last name and birthday, or same postal code: never twice."""
    day, month = _DAYS[number * 97 % len(_DAYS)]
    return fields(
        FIRST_NAMES[number * 31 % len(FIRST_NAMES)],
        f"Fictif-{LAST_NAMES[number // len(_DAYS) % len(LAST_NAMES)]}",
        f"{day:02d}-{month:02d}",
        _postal_code(number * 7919 % 40_000),
    )


def fields(first_name: str, last_name: str, birthday: str, postal_code: str) -> Fields:
    """What a declaration says; the birthday is DD-MM."""
    return {
        MatchField.FIRST_NAME.value: first_name,
        MatchField.LAST_NAME.value: last_name,
        MatchField.BIRTH_DAY_MONTH.value: birthday,
        MatchField.POSTAL_CODE.value: postal_code,
    }


def _postal_code(number: int) -> str:
    number, last = divmod(number, 10)
    number, letter = divmod(number, 20)
    third, middle = divmod(number, 10)
    return f"H0{_LETTERS[third]} {middle}{_LETTERS[letter]}{last}"
