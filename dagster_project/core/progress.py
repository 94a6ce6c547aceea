"""Messages about work whose size is known."""

from __future__ import annotations

#: What was done to a piece of work: a file was written, read, or stored without being read.
WRITTEN_ZH, READ_ZH, STORED_ZH = "已写出", "已读取", "已收存"


class Counted(str):
    """Progress message about one of several files: `已读取 2024/甲.xlsx`, with how many of all are done by now.

    Attributes:
        did_zh: what was done with it, such as 已读取.
        name: name of the file.
        done: number of files that are done, this one included.
        total: number of files to be done.
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
