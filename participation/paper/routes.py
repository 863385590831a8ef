"""Every address of the paper desks, in the order in which they are matched."""

from fastapi import APIRouter

from participation.paper import routes_team
from participation.paper.auditing import routes as routes_audit
from participation.paper.destruction import routes as routes_destruction
from participation.paper.intake import routes as routes_intake
from participation.paper.keying import routes as routes_keying
from participation.paper.keying import routes_batches, routes_recounts
from participation.paper.questionnaires import routes as routes_questionnaires
from participation.paper.questionnaires import routes_pictures
from participation.paper.remote import routes_letters, routes_phone, routes_postal
from participation.paper.scans import routes as routes_scans
from participation.paper.scans import routes_use
from participation.paper.settling import routes as routes_settling
from participation.paper.sheets import routes_consultation, routes_documents, routes_forms, routes_print_runs

router = APIRouter()
for part in (
    routes_forms,
    routes_documents,
    routes_consultation,
    routes_print_runs,
    routes_intake,
    routes_batches,
    routes_keying,
    routes_scans,
    routes_use,
    routes_phone,
    routes_postal,
    routes_letters,
    routes_questionnaires,
    routes_pictures,
    routes_settling,
    routes_recounts,
    routes_destruction,
    routes_audit,
    routes_team,
):
    router.routes.extend(part.router.routes)
