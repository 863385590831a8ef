"""The documentation file of a consultation: what it is about, numbered, versioned and found by its pages.

It owns the documents, their versions, and which version the paper copy at each place is.
"""
