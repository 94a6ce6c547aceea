"""Junheng (均衡): a data warehouse for a district's education supervision.

The folders are the stations on the path of a figure, in this order: `intake` (what arrived?), `quality` (is
it believable?), `warehouse` (build and test a new database), `publish` (write what people read). A module
imports only from the stations before its own.
"""

__version__ = "0.1.0"
