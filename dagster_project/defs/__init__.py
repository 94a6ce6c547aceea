"""Thin Dagster wrappers: the pipeline's plain functions do the work."""
