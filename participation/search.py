"""Full-text search that gives the same hits in the same order on both databases.

Neither database has a French tokenizer that we may rely on, so one function here turns words into a search column:
small letters without accents, œ as oe, elided articles and hyphens gone, each word by its stem in the language of its
text. SQLite indexes that column with FTS5, PostgreSQL with `to_tsvector('simple', …)`; for both it is words of a to z
and digits, at which no parser stumbles. A stem is written with its language before it (`flog`, `ehous`), so that a
French and an English word never meet by chance; a word as it stands is written with a `w`, for prefixes.

Whoever owns a text calls `index` when it may be read by everybody, and `forget` when it no longer may.
"""

import re
import threading
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import snowballstemmer
from sqlalchemy import BigInteger, Index, Text, TextClause, Uuid, bindparam, delete, insert, select, text
from sqlmodel import Field, Session, SQLModel, col

from participation.privacy import personal

FTS = "search_words"
"""The FTS5 table of SQLite and, with `ix_` before it, the GIN index of PostgreSQL (migration 0003)."""
MOST_TYPED, MOST_TERMS = 200, 12
"""Characters and terms of a query; what is beyond is left out."""
MOST_WORDS = 8_000
"""Of one entry: more than any page has, and fewer than a `tsvector` can number."""
MOST_LETTERS = 16_000
"""Of a piece of a text without pages: fewer than MOST_WORDS words."""
_LONGEST = 40
_STEMMERS = {"fr": "french", "en": "english"}
_LETTERS = {"fr": "f", "en": "e", "": "o"}
"""How the stem of a language begins; a text of any other language has its words as they are."""
_ELIDED = frozenset({"l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"})
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        "au aux d de des du en et l la le les ou par pour qu que qui sur un une "
        "a an and at by for in of on or the to with",
    )
)
"""Words that say nothing: asked for only where nothing else was typed, or inside a phrase."""
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0652])+")
_BROKEN = re.compile("[\u00ad\ufffe\u0002]\\s*|(?<=\\w)-\\r?\\n(?=[a-zà-ÿ])")
"""A word divided at the end of a line, as PDF readers tell it."""
_CHUNK = re.compile(r"[\"“”«»]\s*([^\"“”«»]*?)\s*[\"“”«»]|([^\s\"“”«»]+)")
_LETTER_PAIRS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_PLURAL = re.compile(r"..[aiou][sx]$")
_stemming = threading.Lock()


class SearchEntry(SQLModel, table=True):
    """A text that everybody may read, or one page of it."""

    __tablename__ = "search_entry"
    __table_args__ = (Index(None, "kind", "target_id"), Index(None, "process_id"))

    id: int | None = Field(default=None, primary_key=True)
    process_id: UUID = Field(foreign_key="process.id")
    kind: str = Field(max_length=20)
    """What it is, in the word of the package that owns it: `document`, `comment`."""
    weight: int = Field(default=1)
    position: int = Field(default=0, sa_type=BigInteger)
    part: int = Field(default=0)
    target_id: UUID
    locale: str = Field(default="", max_length=8)
    label: str = Field(default="", max_length=40)
    title: str = Field(default="", sa_type=Text)
    address: str = Field(max_length=300)
    body: str = Field(
        sa_type=Text,
        sa_column_kwargs=personal(
            "finding what was published",
            basis="A-2.1 s. 64",
            audience="everybody",
            retention="as long as the text is published",
        ),
    )
    folded: str = Field(sa_type=Text)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is found: a text with where it is read and how it is cited."""

    title: str
    body: str
    address: str
    """Below the address of the process, such as /documents/3.2/file#page=14."""
    locale: str = "fr"
    """Of the text itself; any other than fr and en has no stems. `fr+en` for one that has both in it."""
    label: str = ""
    """How it is cited: 3.2, 8.12."""
    part: int = 0
    """A page; 0 is the thing itself, and then label and title are searched with the text."""
    position: int = 0
    """Its place among its kind."""
    weight: int = 1
    """Smaller comes first, whatever its kind: 0 for the card of a document, 1 for its pages and for comments."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a hit must hold: words side by side, the last one perhaps only begun."""

    words: tuple[str, ...]
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, as every hit must hold it; empty where it holds no word."""

    terms: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text; `hit` where it is what was looked for. Templates escape it."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str
    target_id: UUID
    part: int
    locale: str
    label: str
    title: list[Segment]
    excerpt: list[Segment]
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits and how many there are of each kind, whatever kinds were asked for."""

    hits: list[Hit]
    by_kind: Mapping[str, int]


def index(session: Session, process_id: UUID, kind: str, target_id: UUID, entries: Sequence[Entry]) -> None:
    """These entries and no others are found of this target."""
    forget(session, kind, target_id)
    rows = [
        {
            "process_id": process_id, "kind": kind, "target_id": target_id, "weight": each.weight,
            "position": each.position, "part": each.part, "locale": each.locale, "label": each.label,
            "title": _clean(each.title), "address": each.address, "body": _clean(each.body), "folded": _folded(each),
        }
        for each in entries
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert(SearchEntry), rows)


def pieces_of(written: str) -> Iterator[str]:
    """A long text in pieces that one entry each can hold whole, cut at the end of a line or else between words."""
    while len(written) > MOST_LETTERS:
        end = max(written.rfind("\n", MOST_LETTERS // 2, MOST_LETTERS), 0) or written.rfind(" ", 0, MOST_LETTERS)
        end = end if end > 0 else MOST_LETTERS
        yield written[:end]
        written = written[end:]
    yield written


def forget(session: Session, kind: str, target_id: UUID) -> None:
    """Nothing is found of this target any more."""
    session.execute(delete(SearchEntry).where(col(SearchEntry.kind) == kind, col(SearchEntry.target_id) == target_id))


def entries_of(session: Session, kind: str, target_id: UUID) -> list[Entry]:
    """What was indexed of this target, to be indexed again at another address."""
    query = select(SearchEntry).where(col(SearchEntry.kind) == kind, col(SearchEntry.target_id) == target_id)
    names = Entry.__dataclass_fields__
    rows = session.execute(query.order_by(col(SearchEntry.id))).scalars()
    return [Entry(**{name: getattr(row, name) for name in names}) for row in rows]


def search(
    session: Session, process_id: UUID, query: Query, *, kinds: Collection[str] = (), limit: int = 20, offset: int = 0
) -> Found:
    """The hits in a process: by weight, then kind, then their own order, which is the same on both databases."""
    if not query:
        return Found([], {})
    dialect = session.get_bind().dialect.name
    asked = sqlite_query(query) if dialect == "sqlite" else postgres_query(query)
    values = {"asked": asked, "process": process_id, "limit": limit, "offset": offset, "kinds": list(kinds)}
    told = session.execute(_page(dialect, bool(kinds)), values if kinds else values | {"kinds": [""]}).all()
    keys = [row[-1] for row in sorted(tuple(row) for row in told if row[0] >= 0)]
    rows = {row.id: row for row in session.execute(select(SearchEntry).where(col(SearchEntry.id).in_(keys))).scalars()}
    return Found([_hit(rows[key], query) for key in keys], {row[1]: row[2] for row in told if row[0] < 0})


@lru_cache
def _page(dialect: str, some_kinds: bool) -> TextClause:
    """How many there are of each kind, and a page of them, in one pass over the index. CROSS JOIN makes SQLite ask its
    index first, whatever it thinks of the others."""
    if dialect == "sqlite":
        source = f"{FTS} CROSS JOIN search_entry ON search_entry.id = {FTS}.rowid WHERE {FTS} MATCH :asked"
    else:
        source = "search_entry WHERE to_tsvector('simple', folded) @@ to_tsquery('simple', :asked)"
    only = "WHERE kind IN :kinds" if some_kinds else "WHERE kind NOT IN :kinds"
    statement = text(
        f"WITH hits AS (SELECT weight, kind, position, part, id FROM {source} AND process_id = :process) "
        "SELECT -1, kind, count(*), 0, 0 FROM hits GROUP BY kind UNION ALL SELECT * FROM (SELECT * FROM hits "
        f"{only} ORDER BY weight, kind, position, part, id LIMIT :limit OFFSET :offset) AS page"
    )
    return statement.bindparams(bindparam("process", type_=Uuid), bindparam("kinds", expanding=True))


def tidy(session: Session) -> None:
    """The worker's daily step on SQLite: merges the index, so that words of forgotten texts leave it for good."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql(f"INSERT INTO {FTS}({FTS}) VALUES ('optimize')")


def sqlite_query(query: Query) -> str:
    """In the words of FTS5. All tokens are letters and digits, so nothing that was typed is syntax."""
    return " AND ".join(
        f"w{term.words[0]}*"
        if _is_prefix(term)
        else "(" + " OR ".join(f'"{" ".join(way)}"' for way in _ways(term)) + ")"
        for term in query.terms
    )


def postgres_query(query: Query) -> str:
    """The same for `to_tsquery`."""
    return " & ".join(
        f"w{term.words[0]}:*"
        if _is_prefix(term)
        else "(" + " | ".join(f"({' <-> '.join(way)})" for way in _ways(term)) + ")"
        for term in query.terms
    )


def _is_prefix(term: Term) -> bool:
    return term.begun and len(term.words) == 1


def _ways(term: Term) -> list[list[str]]:
    """The term as it is written in a French text, an English one and any other."""
    return [[token(word, locale) for word in term.words] for locale in _LETTERS]


def parse(typed: str) -> Query:
    """What somebody typed: words, “a phrase”, a begun word with *; words joined by a hyphen or a point are a phrase."""
    terms: list[Term] = []
    for phrase, chunk in _CHUNK.findall(unicodedata.normalize("NFC", typed)[:MOST_TYPED]):
        words = tuple(word for _start, _end, word in words_of(phrase or chunk))
        begun = chunk.endswith("*")
        terms += [Term(words, begun)] if words else []
    telling = [term for term in terms if len(term.words) > 1 or term.begun or term.words[0] not in _EMPTY]
    return Query(tuple((telling or terms)[:MOST_TERMS]))


def words_of(written: str) -> Iterator[tuple[int, int, str]]:
    """Where each word of a text begins and ends, and the word folded; elided articles and possessives left out."""
    for found in _WORD.finditer(written):
        word, start, end = fold(found.group()), found.start(), found.end()
        elided = word in _ELIDED and written[end : end + 1] in ("'", "’") and written[end + 1 : end + 2].isalnum()
        possessive = word == "s" and written[start - 1 : start] in ("'", "’")
        if word and not elided and not possessive:
            yield start, end, word


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """One word in a to z and digits: École → ecole, cœur → coeur. A letter of another script is its number."""
    plain = unicodedata.normalize("NFKD", word.lower().translate(_LETTER_PAIRS))
    letters = (each for each in plain if not unicodedata.combining(each) and each.isalnum())
    return "".join(each if each.isascii() else f"u{ord(each):x}" for each in letters)[:_LONGEST]


def token(word: str, locale: str) -> str:
    """A folded word as it stands in the search column of a text in `locale`."""
    return _LETTERS.get(locale, "o") + stem(word, locale)


@lru_cache(maxsize=200_000)
def stem(word: str, locale: str) -> str:
    """What is the same in forms of a folded word; French plurals too that Snowball leaves (jeux, vélos, menus)."""
    if locale not in _STEMMERS or not word.isalpha():
        return word
    with _stemming:  # a stemmer keeps the word that it works on
        found: str = _stemmer(locale).stemWord(word)
    return found[:-1] if locale == "fr" and _PLURAL.search(found) else found


@lru_cache
def _stemmer(locale: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(_STEMMERS[locale])


def _clean(written: str) -> str:
    """Whole words, composed letters, none of the characters that PostgreSQL cannot store."""
    return _BROKEN.sub("", unicodedata.normalize("NFC", written)).replace("\0", "")


def _folded(entry: Entry) -> str:
    """The search column: every word by its stem, in order, then every word as it stands, once."""
    written = entry.body if entry.part else f"{entry.label}\n{entry.title}\n{entry.body}"
    words = [word for _start, _end, word in words_of(_clean(written))][:MOST_WORDS]
    stems = [token(word, locale) for locale in entry.locale.split("+") for word in words]
    return " ".join(stems + [f"w{word}" for word in dict.fromkeys(words)])


def _hit(row: SearchEntry, query: Query) -> Hit:
    return Hit(
        row.kind, row.target_id, row.part, row.locale, row.label,
        segments(row.title, query, row.locale), excerpt(row.body, query, row.locale), row.address,
    )  # fmt: skip


def segments(written: str, query: Query, locale: str) -> list[Segment]:
    """The text in pieces, with what was looked for apart."""
    pieces, at = [], 0
    for start, end, _word in _hits_in(written, query, locale):
        pieces += [Segment(written[at:start], False), Segment(written[start:end], True)]
        at = end
    return [piece for piece in [*pieces, Segment(written[at:], False)] if piece.text]


def excerpt(body: str, query: Query, locale: str, *, before: int = 80, most: int = 280) -> list[Segment]:
    """About two lines of a text round the first place of what was looked for; its beginning where there is none."""
    first = next(_hits_in(body, query, locale), (0, 0, ""))[0]
    start = 0 if first <= before else body.find(" ", first - before) + 1
    end = len(body) if len(body) - start <= most else body.rfind(" ", start + most // 2, start + most)
    end = start + most if end < 0 else end
    shown = " ".join(body[start:end].split())
    return segments(("… " if start else "") + shown + (" …" if end < len(body) else ""), query, locale)


def _hits_in(written: str, query: Query, locale: str) -> Iterator[tuple[int, int, str]]:
    begun = tuple(term.words[0] for term in query.terms if _is_prefix(term))
    whole = {word for term in query.terms if not _is_prefix(term) for word in term.words}
    locales = locale.split("+")
    stems, initials = {stem(word, each) for word in whole for each in locales}, {word[0] for word in whole}
    for start, end, word in words_of(written):
        # no stemmer touches how a word begins
        alike = word[0] in initials and any(stem(word, each) in stems for each in locales)
        if alike or word.startswith(begun):
            yield start, end, word
