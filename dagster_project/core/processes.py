"""Helper processes of a run."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """Let this process end when the one that began it does, however that ends. For helpers of a run."""
    first = parent_process()
    if first is None:
        return

    def follow() -> None:
        first.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
