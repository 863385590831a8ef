"""The workbench of the commission: everything that people said, read in one place and coded by theme."""
