"""The public addresses of a vote. `{organisation:body}` is never `staff`: the desks have addresses of their own.

So these routes may be matched before all others, and the confirmation of a ballot is matched first.
"""

from __future__ import annotations

from starlette.convertors import StringConvertor, register_url_convertor


class PublicBody(StringConvertor):
    """The slug of a public organisation in an address."""

    regex = "(?!staff/)[^/]+"


register_url_convertor("body", PublicBody())
PROCESS = "/{locale}/{organisation:body}/{slug}"
VOTE = f"{PROCESS}/vote"
