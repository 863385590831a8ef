"""Every address of the consultations, in the order in which they are matched."""

from fastapi import APIRouter

from participation.consultations.activities import routes_staff as routes_activities
from participation.consultations.analysis import routes as routes_analysis
from participation.consultations.briefs import routes as routes_briefs
from participation.consultations.briefs import routes_staff as routes_briefs_staff
from participation.consultations.comments import routes as routes_comments
from participation.consultations.comments import routes_mine
from participation.consultations.desk import routes as routes_desk
from participation.consultations.documents import routes as routes_documents
from participation.consultations.documents import routes_desk as routes_documents_desk
from participation.consultations.exports import routes as routes_exports
from participation.consultations.follow_up import routes as routes_follow_up
from participation.consultations.hearings import routes as routes_hearings
from participation.consultations.hearings import routes_speakers
from participation.consultations.hearings import routes_staff as routes_hearings_staff
from participation.consultations.mail_in import routes as routes_mail_in
from participation.consultations.moderation import routes as routes_moderation
from participation.consultations.moderation import routes_one as routes_moderation_one
from participation.consultations.participants import routes as routes_participants
from participation.consultations.questions import routes as routes_questions
from participation.consultations.questions import routes_staff as routes_questions_staff
from participation.consultations.reminders import routes as routes_reminders
from participation.consultations.retention import routes as routes_retention
from participation.consultations.subscriptions import routes as routes_subscriptions

router = APIRouter()
PARTS = (
    routes_documents_desk,
    routes_documents,
    routes_desk,
    routes_mail_in,
    routes_moderation,
    routes_moderation_one,
    routes_questions_staff,
    routes_briefs_staff,
    routes_activities,
    routes_hearings_staff,
    routes_reminders,
    routes_retention,
    routes_speakers,
    routes_analysis,
    routes_follow_up,
    routes_exports,
    routes_participants,
    routes_comments,
    routes_mine,
    routes_questions,
    routes_subscriptions,
    routes_briefs,
    routes_hearings,
)
for part in PARTS:
    router.routes.extend(part.router.routes)
STREAMED = (
    routes_desk.STREAMED,
    routes_documents_desk.STREAMED,
    routes_briefs.STREAMED,
    routes_briefs_staff.STREAMED,
    routes_mail_in.STREAMED,
)
"""How addresses end that take files as they arrive."""
QUIET_PATHS = (
    *routes_mine.QUIET_PATHS,
    *routes_hearings.QUIET_PATHS,
    *routes_subscriptions.QUIET_PATHS,
    *routes_participants.QUIET_PATHS,
)
"""Addresses that hold a code of somebody's: their requests leave no line in the access log."""
