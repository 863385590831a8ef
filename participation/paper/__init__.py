"""Owns paper on its way to the box: printed forms, stock figures, intake desk, batches, keyings, adjudication.

A closed batch is cast through `ballots.service.cast`; what is unfinished stays here.
"""
