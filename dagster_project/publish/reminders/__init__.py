"""Reminders: what is due and has not come, as letters to the schools and a list per town."""
