"""Junheng (均衡): a data warehouse for a district's education supervision.

Folders are stations on the path of a figure, in the order of time: `intake` (what arrived), `record` (which rows are
in force), `warehouse` (build and check a database), `publish` (write what people read), `questions` (ask a release).
A module imports only from `core`, `speed` and the stations before its own; see docs/architecture.md.
"""

__version__ = "0.2.0"
