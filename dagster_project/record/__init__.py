"""Which rows are in force: every build judges the whole record by the suites and quarantines rows that fail."""
