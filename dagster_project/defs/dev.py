"""`junheng dev`: the Dagster UI of this deployment, on this computer only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import HomeOption, RawOption, SampleOption, home_of, raw_root_of
from dagster_project.core.homes import DAGSTER_MODULE


def command(
    raw: RawOption = None,
    home: HomeOption = None,
    sample: SampleOption = False,
    port: Annotated[int, typer.Option("--port", help="端口")] = 3000,
) -> None:
    """打开 Dagster 界面（只在本机 127.0.0.1）。"""
    raise typer.Exit(serve(raw_root_of(raw, sample), home_of(home, sample).root, port))


#: Sections of dagster.yaml: nothing is sent anywhere, and the UI opens without a window that asks for an e-mail address.
_SETTINGS = ("telemetry", "nux")


def write_settings(path: Path) -> None:
    """Write the settings of Dagster; sections that are there stay as the user left them."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    present = {line.partition(":")[0] for line in text.splitlines()}
    missing = [f"{name}:\n  enabled: false\n" for name in _SETTINGS if name not in present]
    if missing:
        path.write_text(
            text + ("\n" if text and not text.endswith("\n") else "") + "".join(missing), encoding="utf-8"
        )


def serve(raw: Path, home: Path, port: int) -> int:
    """Run the Dagster UI on 127.0.0.1 with its state under the home; returns its exit code."""
    folder = home.resolve() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # logs of runs may quote what a step failed on
    write_settings(folder / "dagster.yaml")
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "JUNHENG_RAW": str(raw.resolve()),
        "JUNHENG_HOME": str(home.resolve()),
        "DO_NOT_TRACK": "1",
    }
    print(f"Dagster 界面：http://127.0.0.1:{port}（按 Ctrl+C 结束）", flush=True)
    command_line = [sys.executable, "-m", "dagster", "dev", "-m", DAGSTER_MODULE]
    command_line += ["-h", "127.0.0.1", "-p", str(port)]
    # a process started in the background of a shell ignores Ctrl+C, and dagster would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command_line, env=environment) as server:
        # a SIGTERM to this process ends the server and its helpers too
        before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            return server.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
