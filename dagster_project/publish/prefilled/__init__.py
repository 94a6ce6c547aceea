"""Prefilled returns: one workbook per school with what it owes, the register filled in and last year's figures beside."""
