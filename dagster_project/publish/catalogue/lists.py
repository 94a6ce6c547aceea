"""Headings of lists whose rows are no mart, as `lists.yml` and the models' YAML give them."""

from __future__ import annotations

from dagster_project.publish import catalogue
from dagster_project.publish.catalogue.models import Output
from dagster_project.warehouse.build import published_labels


def heads_of(name: str, output: Output | None = None) -> dict[str, str]:
    """Chinese heading of each column of a list, by the column's name, in their order.

    Args:
        name: an entry of `lists.yml`.
        output: only the columns of this output; all by default.

    Raises:
        KeyError: there is no such entry.
    """
    table = catalogue.load().tables[name]
    labels_zh = catalogue.labels_of_models(published_labels())
    columns = table.columns if output is None else table.columns_of(output)
    return {column.name: catalogue.heading("", column, labels_zh) for column in columns}
