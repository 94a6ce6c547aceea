"""`junheng sample`: a synthetic district as workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.core.commands import say


def sample_command(
    raw: Annotated[Path, typer.Option("--raw", help="示例报表写到哪个文件夹")],
    schools: Annotated[int | None, typer.Option("--schools", min=2, help="义务教育学校数，至少 2 所")] = None,
    years: Annotated[list[int] | None, typer.Option("--years", help="学年，可重复给出")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="随机种子")] = None,
) -> None:
    """写出一个合成的示例区县。"""
    from dagster_project.sample.workbooks import write_sample

    options: dict[str, object] = {"schools": schools, "years": years, "seed": seed}
    write_sample(raw, **{k: v for k, v in options.items() if v is not None})  # type: ignore[arg-type]
    say(f"合成的示例报表已写到 {raw}")
