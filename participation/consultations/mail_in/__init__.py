"""E-mail as a way in: messages that staff drop or paste become contributions of the same register. Owns no tables."""
