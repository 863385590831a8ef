"""`python -m participation` is the command line."""

from participation.cli import app

app()
