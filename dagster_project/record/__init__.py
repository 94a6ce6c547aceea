"""Is it believable, today? Suites judge the record at every build; failing rows are put aside by name."""
