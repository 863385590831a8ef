"""Many copies of one sheet in one tagged PDF, each with its own texts and codes. Knows no domain, database or clock.

Typst sets the sheet once. Its fonts and page contents are shared by all copies; what a copy has of its own is a
small stream with its texts and codes, its page objects and its structure elements, so that every copy is tagged as
the sheet is (ISO 14289-1, 7.1). Set by Typst each, copies cost 10 ms and 50 KB apiece.

A part holds some copies as finished PDF objects. Their numbers follow from the copy's place in the run alone, so
parts can be made at different times, by different processes, and joined without being read again.
"""
