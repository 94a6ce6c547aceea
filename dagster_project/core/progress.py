"""Messages about work whose size is known."""

from __future__ import annotations


class Counted(str):
    """Message that one more of `total` pieces of work is done; `done` were so far. It reads `<what> <name>`."""

    done: int
    total: int

    def __new__(cls, text: str, done: int, total: int) -> Counted:
        """Make the message."""
        message = super().__new__(cls, text)
        message.done, message.total = done, total
        return message
