"""The tables of the paper desks, by what they keep."""

from participation.paper.models import (
    audits,
    batches,
    custody,
    desk,
    destruction,
    prints,
    questionnaires,
    recounts,
    remote,
    scans,
    stock,
)

__all__ = [
    "audits",
    "batches",
    "custody",
    "desk",
    "destruction",
    "prints",
    "questionnaires",
    "recounts",
    "remote",
    "scans",
    "stock",
]
