"""The words in files that people bring, page by page, and whether a file may be handed on: read in a limited child."""
