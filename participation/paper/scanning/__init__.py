"""Reading marked sheets from scans, on the machine itself: files to pages, pages to answers.

Nothing here knows a database or a request. What is not certain is reported and never guessed.
"""
