"""The national statistics forms: workbooks of one school with one form per sheet, read by labels kept as data."""
