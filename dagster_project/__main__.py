"""`python -m dagster_project` is the same program as `junheng`."""

from dagster_project.cli import main

if __name__ == "__main__":
    main()
