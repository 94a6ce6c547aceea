"""Helper processes of a run."""

from __future__ import annotations

import os
import threading
from multiprocessing import parent_process


def end_with_parent() -> None:
    """End this helper process when the process that started it ends, for whatever reason."""
    first = parent_process()
    if first is None:
        return

    def follow() -> None:
        first.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
