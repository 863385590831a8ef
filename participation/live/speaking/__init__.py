"""The speaking queue of a meeting and its clock: who waits, by arrival or by a draw that anybody can repeat, who has
the floor, for how long. Names are for whoever calls; the wall shows numbers."""
