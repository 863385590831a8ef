"""The fictional assembly of Rive-Claire: one evening in a room that is over, and the next one, ready. All invented."""
