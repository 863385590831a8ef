"""Every address of the consultations, in the order in which they are matched."""

from fastapi import APIRouter

from participation.consultations.comments import routes as routes_comments
from participation.consultations.comments import routes_mine
from participation.consultations.desk import routes as routes_desk
from participation.consultations.moderation import routes as routes_moderation

router = APIRouter()
for part in (routes_desk, routes_moderation, routes_comments, routes_mine):
    router.routes.extend(part.router.routes)
QUIET_PATHS = routes_mine.QUIET_PATHS
"""Addresses that hold a receipt's code: their requests leave no line in the access log."""
