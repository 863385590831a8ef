"""Reading and writing .pb files: what is read, what is odd, and where a fault is."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from participation.counting.declared import Wish, rule_of
from participation.counting.election import Election, Oddity, PabulibError, Reason, VoteType
from participation.counting.pabulib import dump, parse
from participation.counting.published import differences
from participation.counting.spec import Completion, CountingRule, Order, RuleName, Utility
from participation.counting.tally import tally

META = {
    "description": "Fictional",
    "num_projects": "3",
    "num_votes": "4",
    "budget": "100",
    "vote_type": "approval",
    "rule": "greedy",
}
PROJECTS = ["1;40;Alley", "2;50;Bench; ", "3;60;Court"]
VOTES = ["7;1,2;internet", "8;2;paper", "9;;paper", "10;1,2;internet"]


def text(
    *,
    projects: list[str] | None = None,
    votes: list[str] | None = None,
    heading: str = "voter_id;vote;voting_method",
    project_heading: str = "project_id;cost;name",
    end: str = "\n",
    **meta: str | None,
) -> str:
    pairs = {**META, **meta}
    lines = ["META", "key;value", *(f"{key};{value}" for key, value in pairs.items() if value is not None)]
    lines += ["PROJECTS", project_heading, *(PROJECTS if projects is None else projects)]
    return end.join([*lines, "VOTES", heading, *(VOTES if votes is None else votes), ""])


def fault(source: str | bytes) -> tuple[Reason, int, int]:
    with pytest.raises(PabulibError) as refused:
        parse(source)
    assert str(refused.value).startswith(f"line {refused.value.line}, column {refused.value.column}: ")
    assert "{" not in str(refused.value)
    return refused.value.reason, refused.value.line, refused.value.column


def oddities(election: Election) -> dict[Oddity, dict[str, str]]:
    assert all("{" not in str(notice) for notice in election.notices)
    return {notice.code: dict(notice.params) for notice in election.notices}


def points(*votes: str, vote_type: str = "cumulative", max_length: str | None = None) -> str:
    number = str(len(votes))
    heading = "voter_id;vote;points"
    return text(heading=heading, votes=list(votes), vote_type=vote_type, num_votes=number, max_length=max_length)


def test_a_file_is_read() -> None:
    election = parse(text())
    counted = tally(election.profile)
    assert (election.budget, election.unit, election.vote_type) == (100, 1, VoteType.APPROVAL)
    assert [(p.id, p.cost, p.category, p.column("name"), p.column("x")) for p in election.projects][1] == (
        "2",
        50,
        "",
        "Bench",
        None,
    )
    assert counted.total.votes == (2, 3, 0)
    assert {column.groups: column.votes for column in counted.by_group} == {
        (("internet",),): (2, 2, 0),
        (("paper",),): (0, 1, 0),
    }
    assert oddities(election) == {Oddity.BLANK_BALLOTS: {"found": "1"}}
    assert list(election.ballots()) == [
        (("internet",), (("1", 1), ("2", 1))),
        (("paper",), (("2", 1),)),
        (("paper",), ()),
        (("internet",), (("1", 1), ("2", 1))),
    ]
    assert len(election.profile.starts) - 1 == 3, "equal ballots are one row"
    assert [text().split("\n")[line - 1][0] for line in election.lines] == ["7", "8", "9", "1"]
    assert election.selected() is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_make_no_difference(end: str, mark: str) -> None:
    source = mark + text(end=end)
    for same in (source, source.encode(), io.StringIO(source), io.BytesIO(source.encode())):
        assert tally(parse(same).profile).total.votes == (2, 3, 0)


def test_quotes_blanks_empty_lines_and_trailing_semicolons() -> None:
    source = text(
        projects=['1;40;"Alley; ""green""\nand wide" way', "", '2;50;The "old" bench', ' "3" ;60;Court;;'],
        votes=['7;"1, 2";internet', "", "8; 2 ;paper;", '9;"";paper', "10;1,2;internet", "   "],
        description="a; b",
    )
    election = parse(source)
    assert [p.column("name") for p in election.projects] == ['Alley; "green"\nand wide way', 'The "old" bench', "Court"]
    assert tally(election.profile).total.votes == (2, 3, 0)
    assert election.meta["description"] == "a;b"
    plain = parse(text(votes=["7; 1 , 2 ;internet", "", "8;2;paper;", "9;;", "  "], num_votes="3"))
    assert [column.groups[0] for column in tally(plain.profile).by_group] == [
        ("internet",),
        ("paper",),
        ("unspecified",),
    ]
    assert tally(plain.profile).total.votes == (1, 2, 0)


def test_decimals_are_counted_in_whole_units() -> None:
    election = parse(text(budget="100,50", projects=["1;40.125;A", "2;50.00;B", "3;0;C"]))
    assert (election.unit, election.budget, [p.cost for p in election.projects]) == (1000, 100500, [40125, 50000, 0])


@pytest.mark.parametrize(
    "amount", ["1 000 000", "1\u00a0000\u00a0000,00", "1\u202f000\u202f000.0", "1000000", "1000000,00"]
)
def test_thousands_may_be_set_apart_by_blanks(amount: str) -> None:
    election = parse(text(budget=amount, projects=[f"1;{amount};A", "2;50;B", "3;0;C"]))
    assert (election.budget, election.projects[0].cost, election.unit) == (1_000_000, 1_000_000, 1)


def test_headings_are_read_in_any_case() -> None:
    heads = {"heading": "Voter_ID;Vote;Voting_Method", "project_heading": "Project_ID;COST;Name"}
    election = parse(text(**heads).replace("key;value", "Key;Value").replace("VOTES", "votes"))  # type: ignore[arg-type]
    assert tally(election.profile).total.votes == (2, 3, 0)
    assert [project.column("name") for project in election.projects] == ["Alley", "Bench", "Court"]
    assert election.profile.groups == (("internet",), ("paper",))


def test_lines_of_semicolons_alone_are_no_ballots_and_no_projects() -> None:
    padded = parse("\n".join(f"{line};;" for line in text().split("\n")))
    assert (padded.profile.size, len(padded.projects), oddities(padded)) == (
        4,
        3,
        {Oddity.BLANK_BALLOTS: {"found": "1"}},
    )
    quoted = parse(text(votes=[*VOTES[:3], ";;", ' ; ;""', '10;"1,2";internet', ";;"], num_votes=None))
    assert quoted.profile.size == 5, "an empty text in quotes is something"
    assert parse(text(votes=[*VOTES, ";;", ";;"])).profile.size == 4


def test_none_in_words_is_an_empty_field() -> None:
    election = parse(text(votes=["7;1,2;None", "8;None;paper", "9;;none", "10;2;paper"]))
    assert tally(election.profile).total.votes == (1, 2, 0)
    assert election.profile.groups == (("paper",), ("unspecified",))
    assert oddities(election) == {Oddity.BLANK_BALLOTS: {"found": "2"}}
    empty = parse(points("7;1,2;3,1", "8;;None"))
    assert tally(empty.profile).total.points == (3, 1, 0)
    named = parse(text(projects=["None;40;A", "2;50;B", "3;60;C"], votes=["7;None;paper"], num_votes="1"))
    assert tally(named.profile).total.votes == (1, 0, 0)


def test_numbers_of_meta_may_have_a_decimal_point() -> None:
    ranked = parse(text(vote_type="ordinal", num_votes="1.0", votes=["7;3,1;paper"], max_length="3.0"))
    assert tally(ranked.profile).total.points == (2, 0, 3)
    assert ranked.notices == ()
    huge = parse(text(vote_type="ordinal", num_votes="1", votes=["7;3,1;paper"], max_length="99999999999"))
    assert tally(huge.profile).total.points == (1, 0, 2), "no number that a ballot could give"


def test_points_and_ranks() -> None:
    election = parse(points("7;1,2;3,1", "8;2;5.0", "9;1,2;3,1"))
    assert tally(election.profile).total.points == (6, 7, 0)
    assert next(iter(election.ballots())) == (("unspecified",), (("1", 3), ("2", 1)))
    ranked = parse(points("7;1,2,3;3,2,1", "8;2;3", vote_type="ordinal", max_length="3"))
    assert tally(ranked.profile).total.points == (3, 5, 1)
    assert next(iter(ranked.ballots()))[1] == (("1", 1), ("2", 2), ("3", 3))
    longest = parse(text(vote_type="ordinal", num_votes="1", votes=["7;3,1;paper"]))
    assert tally(longest.profile).total.points == (1, 0, 2)
    assert oddities(longest) == {Oddity.RANKING_LENGTH: {"found": "2"}}
    beyond = parse(text(vote_type="ordinal", num_votes="1", votes=["7;3,1;paper"], max_length="1"))
    assert tally(beyond.profile).total.points == (0, 0, 1)
    assert tally(parse(points("7;1,2;3,-1", vote_type="scoring")).profile).total.points == (3, -1, 0)


def test_what_is_odd_is_said_and_counted_as_it_stands() -> None:
    votes = ["7;1,1;internet", "7;2;paper", "8;2,2;paper", "9;2,2;paper"]
    election = parse(text(votes=votes, num_votes="9", num_projects="4"))
    assert tally(election.profile).total.votes == (2, 5, 0)
    assert oddities(election) == {
        Oddity.PROJECT_NUMBER: {"expected": "4", "found": "3"},
        Oddity.BALLOT_NUMBER: {"expected": "9", "found": "4"},
        Oddity.DUPLICATE_VOTER: {"found": "1"},
        Oddity.REPEATED_PROJECT: {"found": "3"},
    }


def test_ballots_over_the_length_are_counted_and_said() -> None:
    one = parse(text(vote_type="choose-1"))
    assert tally(one.profile).total.votes == (2, 3, 0)
    assert oddities(one)[Oddity.LONG_BALLOTS] == {"limit": "1", "found": "2"}
    assert oddities(parse(text(max_length="1")))[Oddity.LONG_BALLOTS] == {"limit": "1", "found": "2"}
    assert Oddity.LONG_BALLOTS not in oddities(parse(text(max_length="2")))


def test_no_ballots_at_all() -> None:
    counted = tally(parse(text(votes=[], num_votes="0")).profile)
    assert (counted.total.votes, counted.by_group) == ((0, 0, 0), ())


START = len(META) + 2
"""Lines of META; PROJECTS comes next."""

FAULTS = {
    "empty file": ("", Reason.MISSING_SECTION, 1, 1),
    "no META": ("PROJECTS\n", Reason.MISSING_SECTION, 1, 1),
    "no PROJECTS": ("META\nkey;value\nbudget;1\nvote_type;approval\n", Reason.MISSING_SECTION, 5, 1),
    "no VOTES": (text().split("VOTES")[0], Reason.MISSING_SECTION, START + 6, 1),
    "META heading": (text().replace("key;value", "name;value"), Reason.BAD_HEADER, 2, 1),
    "empty META": ("META\nPROJECTS\n", Reason.BAD_HEADER, 2, 1),
    "PROJECTS heading": (text(project_heading="id;cost;name"), Reason.BAD_HEADER, START + 2, 1),
    "VOTES heading": (text(heading="voter_id;ballot;voting_method"), Reason.BAD_HEADER, START + 7, 1),
    "no VOTES heading": (text().split("voter_id")[0], Reason.BAD_HEADER, START + 6, 1),
    "no points": (text(vote_type="cumulative"), Reason.BAD_HEADER, START + 7, 1),
    "META line": (text(description=None).replace("num_votes;4", "num_votes"), Reason.FIELD_COUNT, 4, 1),
    "META twice": (text(description=None).replace("num_votes;4", "budget;4"), Reason.DUPLICATE_KEY, 5, 1),
    "no budget": (text(budget=None), Reason.MISSING_KEY, 2, 1),
    "no vote type": (text(vote_type=""), Reason.MISSING_KEY, 2, 1),
    "vote type": (text(vote_type="majority"), Reason.UNKNOWN_VOTE_TYPE, 7, 11),
    "budget": (text(budget="1e5"), Reason.NOT_A_NUMBER, 6, 8),
    "a comma for thousands": (text(budget="1,000"), Reason.UNCLEAR_COMMA, 6, 8),
    "commas for thousands": (text(projects=["1;1,000,000;A"]), Reason.UNCLEAR_COMMA, START + 3, 3),
    "column twice": (text(project_heading="project_id;cost;Cost"), Reason.DUPLICATE_COLUMN, START + 2, 17),
    "vote twice": (text(heading="voter_id;vote;vote"), Reason.DUPLICATE_COLUMN, START + 7, 15),
    "negative budget": (text(budget="-1"), Reason.NEGATIVE, 6, 8),
    "cost": (text(projects=["1;4O;A"]), Reason.NOT_A_NUMBER, START + 3, 3),
    "negative cost": (text(projects=["1;40;A", "2;-5;B"]), Reason.NEGATIVE, START + 4, 3),
    "project fields": (text(projects=["1;40"]), Reason.FIELD_COUNT, START + 3, 1),
    "too many project fields": (text(projects=["1;40;A;B"]), Reason.FIELD_COUNT, START + 3, 1),
    "project twice": (text(projects=["1;40;A", "1;50;B"]), Reason.DUPLICATE_PROJECT, START + 4, 1),
    "nameless project": (text(projects=[";40;A"]), Reason.MISSING_ID, START + 3, 1),
    "unknown project": (text(votes=["7;1;paper", "8;1, 99;paper"]), Reason.UNKNOWN_PROJECT, START + 9, 6),
    "unknown project in quotes": (text(votes=["7;1;paper", '8;"1,99";paper']), Reason.UNKNOWN_PROJECT, START + 9, 6),
    "comma at the end": (text(votes=["7;1,;paper"]), Reason.UNKNOWN_PROJECT, START + 8, 5),
    "vote fields": (text(votes=["7;1;paper", "8"]), Reason.FIELD_COUNT, START + 9, 1),
    "vote fields in quotes": (text(votes=["7;1;paper", '8;"1"']), Reason.FIELD_COUNT, START + 9, 1),
    "too many vote fields": (text(votes=["7;1;paper;x"]), Reason.FIELD_COUNT, START + 8, 1),
    "points": (points("7;1,2;3,x"), Reason.NOT_A_NUMBER, START + 8, 9),
    "half points": (points("7;1,2;3,1.5"), Reason.NOT_A_NUMBER, START + 8, 9),
    "huge points": (points("7;1;99999999999"), Reason.NOT_A_NUMBER, START + 8, 5),
    "points missing": (points("7;1,2;3,1", "8;1,2;3"), Reason.POINTS_COUNT, START + 9, 7),
    "negative points": (points("7;1,2;3,1", "8;1,2;3,-1"), Reason.NEGATIVE, START + 9, 9),
    "open quote": (text(projects=['1;40;"A', "2;50;B"]), Reason.OPEN_QUOTE, START + 3, 6),
    "open quote in a vote": (text(votes=['7;"1;paper']), Reason.OPEN_QUOTE, START + 8, 3),
    "open quote for long": (text(votes=['7;"1;paper', *["8;1;paper"] * 1500]), Reason.OPEN_QUOTE, START + 8, 3),
    "bytes": (text().encode().replace(b"Bench", b"B\xe9nch"), Reason.NOT_UTF8, START + 4, 7),
}


@pytest.mark.parametrize(("source", "reason", "line", "column"), FAULTS.values(), ids=FAULTS)
def test_a_malformed_file_says_what_and_where(source: str | bytes, reason: Reason, line: int, column: int) -> None:
    assert fault(source) == (reason, line, column)


def test_many_lines_are_read_in_batches() -> None:
    votes = [f"{number};{1 + number % 3};paper" for number in range(20_000)]
    election = parse(text(votes=votes, num_votes="20000"))
    assert tally(election.profile).total.votes == (6667, 6667, 6666)
    votes[15_000] = "15000;9;paper"
    assert fault(text(votes=votes, num_votes="20000")) == (Reason.UNKNOWN_PROJECT, START + 15_008, 7)
    votes[15_000] = "15000;9"
    assert fault(text(votes=votes, num_votes="20000")) == (Reason.FIELD_COUNT, START + 15_008, 1)


FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12).map(str.strip)


@example('Alley; "green"\nand wide', [["3", "1"], []])
@given(FIELDS, st.lists(st.lists(st.sampled_from("123"), unique=True), max_size=8))
def test_what_is_written_is_read_back(name: str, ballots: list[list[str]]) -> None:
    meta = {**META, "num_votes": str(len(ballots)), "description": name.rstrip(";") or "x"}
    projects = [("1", "40", name), ("2", "50", "Bench"), ("3", "60", "Court")]
    votes = [(str(number), ",".join(ballot), "internet") for number, ballot in enumerate(ballots)]
    written = "".join(
        dump(meta, ("project_id", "cost", "name"), projects, ("voter_id", "vote", "voting_method"), votes)
    )
    election = parse(written)
    assert dict(election.meta) == meta
    assert [tuple(value for _, value in project.columns) for project in election.projects] == projects
    assert [[option_id for option_id, _ in answer] for _, answer in election.ballots()] == ballots
    again = [(str(n), ",".join(o for o, _ in answer), group[0]) for n, (group, answer) in enumerate(election.ballots())]
    lines = dump(election.meta, ("project_id", "cost", "name"), projects, ("voter_id", "vote", "voting_method"), again)
    assert "".join(lines) == written


def rule(source: str, wish: Wish | None = None) -> tuple[CountingRule, list[Oddity]]:
    found, notices = rule_of(parse(source), wish or Wish())
    assert all("{" not in str(notice) for notice in notices)
    return found, [notice.code for notice in notices]


def test_the_declared_rule() -> None:
    assert rule(text()) == (CountingRule(), [])
    assert rule(text(rule="unknown")) == (CountingRule(), [Oddity.UNKNOWN_RULE])
    assert rule(text(rule=None)) == (CountingRule(), [Oddity.UNKNOWN_RULE])
    assert rule(text(rule="greedy-no-skip"))[0].name is RuleName.GREEDY_NO_SKIP
    shares = CountingRule(RuleName.EQUAL_SHARES, completion=Completion.ADD1_LAST_FEASIBLE)
    assert rule(text(rule="equalshares/add1")) == (shares, [])
    assert rule(text(rule="equalshares"))[0].completion is Completion.NONE
    assert rule(text(rule="greedy-exclusive")) == (CountingRule(), [Oddity.NO_PAIRS])
    pairs = Wish(base=CountingRule(exclusive_pairs=(("1", "2"),)))
    assert rule(text(rule="greedy-exclusive"), pairs) == (pairs.base, [])
    assert rule(text(rule="Greedy-No-Skip"))[0].name is RuleName.GREEDY_NO_SKIP
    assert rule(text(rule="EqualShares/add1")) == (shares, [])
    assert rule(text(rule="equalshares/add1u")) == (shares, [Oddity.UNKNOWN_RULE])


def test_a_wish_goes_before_what_is_declared() -> None:
    asked = Wish(utility=Utility.CARDINALITY, completion=Completion.ADD1_FIRST_EXHAUSTIVE)
    found, notices = rule(text(rule="equalshares/add1"), asked)
    assert (found.utility, found.completion, notices) == (asked.utility, asked.completion, [])
    assert rule(text(), asked)[1] == [Oddity.ONLY_EQUAL_SHARES]
    by_points, _ = rule(points("7;1;3"), Wish(RuleName.EQUAL_SHARES))
    assert (by_points.utility, by_points.order, by_points.completion) == (Utility.POINTS, Order.POINTS, Completion.NONE)


@pytest.mark.parametrize(("threshold", "least"), [("50", 50), ("2.5", 3), ("2,50", 3), ("2.0", 2), ("1 000", 1000)])
def test_the_threshold_of_the_file(threshold: str, least: int) -> None:
    found, notices = rule(text(rule="greedy-threshold", min_project_score_threshold=threshold))
    assert (found.threshold, notices) == (least, [])
    assert rule(text(min_project_score_threshold=threshold))[1] == [Oddity.THRESHOLD_NOT_APPLIED]


@pytest.mark.parametrize("threshold", ["ten", "1.x", "10%", "-1"])
def test_a_threshold_that_cannot_be_read_is_said(threshold: str) -> None:
    found, notices = rule(text(rule="greedy-threshold", min_project_score_threshold=threshold))
    assert (found.threshold, notices) == (0, [Oddity.UNREADABLE_THRESHOLD])
    assert rule(text(rule="greedy-threshold"))[1] == [Oddity.NO_THRESHOLD]
    assert rule(text(rule="greedy-threshold", min_project_score_threshold="0"))[1] == []


def test_what_no_rule_here_can_reproduce_is_said() -> None:
    source = text(
        project_heading="project_id;cost;selected", projects=["1;40;1", "2;50;3", "3;60;2"], budget_per_category="1,2"
    )
    assert rule(source)[1] == [Oddity.CATEGORY_BUDGETS, Oddity.OTHER_MONEY]
    assert rule(text(budget_per_neighborhood="[1,2]"))[1] == [Oddity.CATEGORY_BUDGETS]
    default = points("7;1,2;3,1", vote_type="scoring").replace("rule;greedy", "rule;greedy\ndefault_score;{}")
    assert rule(default.format("0.5"))[1] == [Oddity.DEFAULT_SCORE]
    assert rule(default.format("0"))[1] == []
    assert parse(source).selected() == ("1",)
    assert parse(source).selected("2") == ("3",)


def test_a_column_that_differs_from_the_count_is_said() -> None:
    heading = "project_id;cost;votes;score"
    source = text(project_heading=heading, projects=["1;40;2;", "2;50;7;1", "3;60;None;x"])
    election = parse(source)
    found = differences(election, tally(election.profile))
    assert [str(notice) for notice in found] == ["project 2: votes 3, published 7"]
    scored = text(
        project_heading=heading, projects=["1;40;1.0;3", "2;50;1 ;8", "3;60;many;0"],
        heading="voter_id;vote;points", votes=["7;1,2;3,1"], vote_type="cumulative",
    )  # fmt: skip
    election = parse(scored)
    assert [str(notice) for notice in differences(election, tally(election.profile))] == [
        "project 2: score 1, published 8", "project 3: votes 0, published many",
    ]  # fmt: skip
