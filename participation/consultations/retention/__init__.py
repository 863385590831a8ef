"""Retention: contacts and names that were never public go once the report has been out so many months."""
