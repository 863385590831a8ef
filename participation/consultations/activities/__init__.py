"""Kiosks, walks, workshops and information sessions: where people are met, and how many came."""
