"""What a form may bring beside a brief."""

from __future__ import annotations

from participation.files import MediaType
from participation.processes.arrivals import Wanted
from participation.uploads import Limits

LIMITS = Limits(files=1, megabytes=50, field=2_000_000)
"""A field may hold far more than a brief is long, so that a text that is too long comes back to who typed it."""
WANTED = Wanted(frozenset({MediaType.PDF, MediaType.DOCX, MediaType.ODT}), LIMITS)
