"""Receipts: what arrived from whom and when, what of it is in force, and what is still open."""
