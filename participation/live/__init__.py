"""The room: meetings, their polls, telephones, cards and hands, the screens that show them. Ballots lie in `ballots`,
what stands for one person in `register`; here is only who asks what, when, and what is shown."""
