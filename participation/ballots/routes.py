"""Online pages of the vote: projects, the steps from start to receipt, receipt look-up, the kiosk."""

from fastapi import APIRouter

router = APIRouter()

QUIET_PATHS: tuple[str, ...] = (
    "/{locale}/receipt",
    "/{locale}/{organisation}/{slug}/receipt",
    "/{locale}/{organisation}/{slug}/vote",
    "/{locale}/{organisation}/{slug}/vote/age",
    "/{locale}/{organisation}/{slug}/vote/code",
    "/{locale}/{organisation}/{slug}/vote/declaration",
    "/{locale}/{organisation}/{slug}/vote/ballot/{position}",
    "/{locale}/{organisation}/{slug}/vote/projects/{question_id}/{number}",
    "/{locale}/{organisation}/{slug}/vote/review",
    "/{locale}/{organisation}/{slug}/vote/confirm",
    "/{locale}/{organisation}/{slug}/vote/receipt",
)
"""Routes whose requests leave no line in the access log: nobody can set times of voting beside ballots."""
