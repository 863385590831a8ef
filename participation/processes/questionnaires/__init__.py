"""Owns the questionnaire of a consultation while it is set up: themes, questions, why they are asked, publication."""
