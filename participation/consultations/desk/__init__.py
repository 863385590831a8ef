"""The register of contributions, and transcribing what came on paper, by telephone, in the room or by e-mail, with a
picture of the sheet beside it."""
