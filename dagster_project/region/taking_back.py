"""Deliveries that take back what counted: of an earlier day than the one before, or of a record that doesn't go on from its."""

from __future__ import annotations

import datetime as dt

from dagster_project.core.errors import UserError
from dagster_project.core.homes import Home
from dagster_project.intake.manifest import read_manifest
from dagster_project.region import lake as lakes
from dagster_project.region import manifest as manifests


class TakesBack(UserError):
    """A delivery would take back the newer one, or one of another record, that counts in the lake."""


def refuse_taking_back(home: Home, last: manifests.Manifest, manifest: manifests.Manifest) -> None:
    """Refuse a delivery that does not go on from the last one.

    Args:
        home: where the new delivery comes from; its record is that of `manifest`.
        last: the district's delivery that counts now.
        manifest: the new one.

    Raises:
        TakesBack: it is of an earlier day, or its record doesn't begin with the last one's; the text says what to do.
    """
    why = []
    if last.as_of > manifest.as_of:
        why.append(f"这次只截至 {manifest.as_of}")
    begins = read_manifest(home, blocks=last.record.blocks).chain == last.record.chain
    if last.record.blocks > manifest.record.blocks or not begins:
        why.append(
            f"那次依据的登记簿（{last.record.submissions} 次提交，链末 {last.record.chain[:12]}）不是这次登记簿"
            f"（{manifest.record.submissions} 次提交，链末 {manifest.record.chain[:12]}）的前段，多半是另一个成果目录，或现行版本较旧"
        )
    if why:
        raise TakesBack(
            f"汇集处里 {last.district_code} 现用的交付是 {last.delivery_id}（截至 {last.as_of}）；{'；'.join(why)}。"
            "没有交付：不然区域里该区县的数字会退回较早的或换成另一套数据。请核对成果目录（--home），"
            "用 junheng run 发布不早于那一天的版本，再交付；确实要以这次为准的，加 --take-back。"
        )


def taken_back_zh(delivery: lakes.Delivery, day: dt.date) -> str:
    """What a delivery in use takes back, and what to do, in Chinese; empty if nothing.

    Args:
        delivery: the delivery in use.
        day: day of the region's figures; deliveries of later days count for none of them.
    """
    said = delivery.manifest
    for earlier in lakes.earlier_manifests(delivery):
        if earlier.as_of > day:
            continue
        is_other_record = earlier.record.blocks > said.record.blocks or (
            earlier.record.blocks == said.record.blocks and earlier.record.chain != said.record.chain
        )
        if earlier.as_of > said.as_of or is_other_record or earlier.delivery_id == said.takes_back:
            return (
                f"现用的交付 {said.delivery_id}（截至 {said.as_of}，{said.record.submissions} 次提交）收回了先前的 "
                f"{earlier.delivery_id}（截至 {earlier.as_of}，{earlier.record.submissions} 次提交），数字可能退回较早的或换成另一套数据；"
                "请向该区县核实，不是有意的，请该区县从原来的成果目录重新交付"
            )
    return ""
