"""Questions from the floor: asked on a telephone or on a slip, read first by a person, supported by the room, shown on
the wall without names. What becomes of a question after the meeting belongs to `consultations.questions`."""
