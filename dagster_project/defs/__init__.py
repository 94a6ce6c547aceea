"""Dagster definitions: thin wrappers around the functions of the rooms."""
