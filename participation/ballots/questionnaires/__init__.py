"""Owns the questionnaire online: answers in words beside the box, drafts that only a private link opens, its pages."""
