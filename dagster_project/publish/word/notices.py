"""What a run says about its reports: what had to be left out of them, and what would make them complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagster_project.publish.charts import fonts
from dagster_project.warehouse.districts import FILE_NAME, districts_of_release

NO_FONT_ZH = (
    "提示：本机没有中文字体，周报、月报里的图从略；安装任一中文字体（如 fonts-noto-cjk）后重新生成即可。"
)
NO_ISSUER_ZH = f"提示：周报、月报没有发文单位和主送单位；请在原始数据目录的 {FILE_NAME} 中写明（见 raw_data/README.md）。"


def notices_zh(release_folder: Path, reports: Sequence[str]) -> list[str]:
    """Notices about the reports of a release; none where no report was written.

    Args:
        release_folder: the release.
        reports: names of the reports written.
    """
    if not reports:
        return []
    found = []
    if fonts.chinese_font() is None:
        found.append(NO_FONT_ZH)
    if not any(d.issuing_body_zh for d in districts_of_release(release_folder).values()):
        found.append(NO_ISSUER_ZH)
    return found
