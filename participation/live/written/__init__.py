"""Answers to polls in people's own words: what somebody let through to the wall. The words themselves lie in the box of
`ballots`, without anybody's name, device or hour."""
