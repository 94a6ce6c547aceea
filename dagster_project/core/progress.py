"""Messages about work whose size is known."""

from __future__ import annotations

#: What was done to a piece of work: a file was written, read, or stored without being read.
WRITTEN_ZH, READ_ZH, STORED_ZH = "已写出", "已读取", "已收存"


class Counted(str):
    """Message that one more piece of work is done. It reads `<did_zh> <name>`.

    Attributes:
        did_zh: what was done.
        name: of the piece.
        done: pieces that are done.
        total: all pieces.
    """

    did_zh: str
    name: str
    done: int
    total: int

    def __new__(cls, did_zh: str, name: str, done: int, total: int) -> Counted:
        """Make the message."""
        message = super().__new__(cls, f"{did_zh} {name}")
        message.did_zh, message.name, message.done, message.total = did_zh, name, done, total
        return message
