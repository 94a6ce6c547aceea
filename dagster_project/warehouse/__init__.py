"""Build a new DuckDB file from the rows in force, run dbt in it, and turn it into a release."""
