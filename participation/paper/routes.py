"""Every address of the paper desks, in the order in which they are matched."""

from fastapi import APIRouter

from participation.paper import (
    routes_batches,
    routes_documents,
    routes_forms,
    routes_intake,
    routes_keying,
    routes_phone,
    routes_postal,
    routes_postal_letters,
    routes_print_runs,
    routes_sample,
    routes_settling,
    routes_team,
)

router = APIRouter()
for part in (
    routes_forms,
    routes_documents,
    routes_print_runs,
    routes_intake,
    routes_batches,
    routes_keying,
    routes_phone,
    routes_postal,
    routes_postal_letters,
    routes_settling,
    routes_sample,
    routes_team,
):
    router.routes.extend(part.router.routes)
