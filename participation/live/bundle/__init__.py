"""The bundle of a meeting: what one system takes to another in a file, such as a laptop in a hall to the city's.

**When.** After the end of the meeting, and once every poll is settled: the minute of grace is over, its box lies in an
order that says nothing, its key is destroyed. So no bundle ever holds anything that leads from a device or a card to an
answer, and none is made of a poll that is still open. A bundle may be made again later (a count was corrected, a
question answered): it then holds all that was in the first one, and what is new.

**What.** A ZIP file with one entry, `meeting.json`: UTF-8, keys sorted, lists in the order of their random ids, no time
at which it was made. The same meeting gives the same bytes. Under the keys:

    format, version   "participation-meeting", 1
    zone              whose hours the minutes tell
    meeting           its row, without the process that holds it
    polls             those that were opened, with `spec_id`
    specs, windows    each promise as it was frozen, with its digest; when it took ballots, and that it takes no more
    ballots, words    as they were sealed, with commitment and digest of the nonce; answers in words with their salt
    totals, sheets    what counters of hands and cards agreed on, and what each of them wrote down
    cards             numbers that were handed out at the door
    floor, questions  questions from the floor, their support as a number
    written           which answers in words were let through
    speaking, turns   the speaking queue
    log               the events of the meeting
    figures           what the screens showed: source by source, for each poll

Names by which people were called, marks of telephones, marks of the register, rehearsals and drafts stay behind, and so
do polls that were never opened. Staff travel as ids that mean nothing elsewhere: each becomes a stand-in, one of the
meeting's team, who cannot sign in.

**Control number.** Fifteen signs of the SHA-256 of `meeting.json` and a check sign. It is read on the screen of the
laptop and typed where the bundle is brought in, so that a file that was exchanged on its way is refused even where it
is sound in itself.

**How it is brought in.** In one transaction, or not at all. The names of rows are random; one that exists must belong
to this meeting, or the bundle is refused. A promise that is not known is created; one that is known under its id with
another digest is refused. Ballots and totals go through `ballots.service.bring`, where the digest of its nonce makes a
ballot that is there already no second one. At the end the figures of every poll are read from the box and compared
with those that the bundle tells: equal to the vote, or nothing is kept.
Words that were erased where the meeting was held are erased here too by the next bundle; those erased here stay so.
Whoever brings in answers in words or questions must be allowed to decide on them here. The file is bounded before it is
read: one entry, 64 MB, four million values; the worst one that is looked at took 553 MB of memory, and four seconds.
"""
