"""The committee's workbook: notes, the official forms, the figures behind them, and what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.core.duck import open_marts, read_sql
from dagster_project.core.homes import file_name, new_file
from dagster_project.core.local_time import local_time, zone_zh
from dagster_project.core.numbers import printed
from dagster_project.intake.parse.own_sheets import SYNTHETIC_ZH, some_synthetic_zh
from dagster_project.publish import labels
from dagster_project.publish.catalogue import Words, load, rows_of
from dagster_project.publish.excel import forms
from dagster_project.publish.excel.forms import Reader
from dagster_project.publish.excel.sheets import Book
from dagster_project.publish.excel.tables import write_sheets
from dagster_project.publish.phrases import JUDGED_STAGES
from dagster_project.warehouse.districts import District, district_of, districts_of_release

if TYPE_CHECKING:
    import duckdb

_REPORT_ZH = "义务教育优质均衡监测"


def write_committee_workbooks(
    marts: Path, out_dir: Path, release_id: str, notes: Mapping[str, Any]
) -> list[Path]:
    """Write one workbook per district, for its latest school year; while returns of that may still come, for the one before, too.

    Args:
        marts: the committee's database; the names of the districts are read beside it.
        out_dir: folder of the release's workbooks.
        release_id: goes into the file name.
        notes: what `release.json` says.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    with open_marts(marts) as con:
        districts = con.execute(read_sql(__package__, "workbook_years")).fetchall()
        declared = districts_of_release(marts.parent)
        return [
            _write(con, out_dir, str(d), district_of(str(d), declared), int(y), release_id, notes)
            for d, y in districts
        ]


def _write(
    con: duckdb.DuckDBPyConnection,
    out_dir: Path,
    district_code: str,
    district: District,
    school_year: int,
    release_id: str,
    notes: Mapping[str, Any],
) -> Path:
    name = file_name(district.name_zh, _REPORT_ZH, school_year, release_id, suffix=".xlsx")
    path = new_file(out_dir / name)
    reader = Reader(con, district_code, school_year)
    with Book(path, _REPORT_ZH, _synthetic_zh(notes)) as book:
        _notes_sheet(book, reader, district, release_id, notes)
        forms.form_two_one(book, reader)
        forms.form_two_two(book, reader)
        forms.form_three(book, reader)
        for stage in JUDGED_STAGES:
            forms.stage_sheet(book, reader, stage)
        forms.shares_sheet(book, reader)
        values = {"phrases": reader.phrases, "school_year": school_year, "whole_zh": district.whole_zh}
        write_sheets(book, con, "monitoring", district_code, values)
    return path


def _notes_sheet(
    book: Book, reader: Reader, district: District, release_id: str, notes: Mapping[str, Any]
) -> None:
    words = Words(reader.con, reader.district_code)
    sheet = book.sheet(
        "说明", f"{reader.school_year} 学年义务教育优质均衡监测 说明", ["项目", "内容"], [22, 100]
    )
    rows = notes.get("rows", {})
    problems = notes.get("problems", {})
    compliance = reader.rows("fct_district_compliance", order="stage desc")
    held = reader.rows("dim_schools", where="is_held", order="school_code")
    owed = rows_of(reader.con, load().tables["workbook_missing_returns"], reader.district_code, words)
    out_of_scope = reader.rows(
        "fct_school_compliance",
        where="status in ('out_of_scope', 'not_applicable')",
        order="stage desc, school_code",
    )
    if synthetic_zh := _synthetic_zh(notes):
        listed = "" if notes.get("is_synthetic") else "：" + "、".join(notes["synthetic_files"])
        more = "，不含任何真实学校" if notes.get("is_synthetic") else listed
        sheet.add(["数据来源", (f"{synthetic_zh}{more}", {"bold": True})])
    sheet.add(["区县", f"{district.name_zh}（{reader.district_code}）"])
    sheet.add(["版本", f"{release_id}（建于 {_built_zh(notes, district)}，截至 {notes.get('as_of', '')}）"])
    sheet.add(
        [
            "标准",
            f"义务教育优质均衡等标准逐条见“指标与代码”；标准与算法版本 {str(notes.get('models_sha256', ''))[:12]}",
        ]
    )
    sheet.add(
        ["数据", f"读入 {rows.get('read', 0)} 行，采用 {rows.get('accepted', 0)} 行，暂不采用 {rows.get('quarantined', 0)} 行，"
                 f"略去合计行、空行、重复行和整表拒收的行 {rows.get('dropped', 0)} 行（全部学年）"]
    )  # fmt: skip
    for row in compliance:
        sheet.add(
            [f"{labels.stage_zh(row['stage'])}校校达标",
             f"参评 {row['schools_in_scope']} 个，达标 {row['schools_compliant']} 个，未达标 {row['schools_not_compliant']} 个，"
             f"缺数据待定 {row['schools_undetermined']} 个；达标率 {_rate(row['compliance_rate'])}"
             f"（待定的全不达标为 {_rate(row['compliance_rate_low'])}，全达标为 {_rate(row['compliance_rate_high'])}）"]
        )  # fmt: skip
    names = {r["school_code"]: r["name_zh"] or r["school_code"] for r in reader.rows("dim_schools")}
    listed = "、".join(
        f"{names.get(r['school_code'], r['school_code'])}（{labels.stage_zh(r['stage'])}）"
        for r in out_of_scope
    )
    sheet.add(["没有参评的", f"{len(out_of_scope)} 个：{listed}" if out_of_scope else "无"])
    sheet.add(["不参评的原因", f"{reader.phrases.out_of_scope_zh}；没有学生的不作判断。"])
    sheet.add(
        ["挂起的学校", "；".join(f"{names[r['school_code']]}：{r['held_reason_zh']}" for r in held) or "无"]
    )
    sheet.add(
        [
            "未报",
            f"到期未报或有待改的 {len(owed)} 份（一个单位的一类报表算一份，每类只算最近一个时期），见“未报学校名单”"
            if owed
            else "无",
        ]
    )
    sheet.add(
        ["问题", "，".join(f"{labels.SEVERITY_ZH.get(k, k)} {v} 条" for k, v in problems.items()) + "（各学年合计；本学年的见“问题清单”）"
                 if problems else "无"]
    )  # fmt: skip
    sheet.add(
        [
            "怎样算达标",
            f"{reader.phrases.compliance_zh}；缺数据又不能排除达标的为“待定”。",
        ]
    )
    sheet.add(
        [
            "差异系数",
            f"按在校生数加权（总体标准差除以{district.whole_zh}平均值）；{reader.phrases.cv_judged_zh}，{reader.phrases.cv_limits_zh}。综合一栏只列示。",
        ]
    )
    sheet.add(
        [
            "记号",
            f"{labels.SIGN_FAILED} 未达标（同时加底色）；{labels.SIGN_MISSING} 缺数据；— 没有可算的数。数字按规定位数显示，判断用未取整的数。",
        ]
    )
    for head, text in _privacy_notes(reader, names):
        sheet.add([head, text])


def _privacy_notes(reader: Reader, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Which cells of pay are hidden, and why."""
    from dagster_project.warehouse.tiers import load_tiers

    fewest = load_tiers().minimum_people
    rows = reader.rows("fct_kindergarten_pay", where="pay_status = 'suppressed'", order="school_code")
    small: list[str] = []
    companions: list[str] = []
    for row in rows:
        heads = (row["in_post_teachers"] or 0, row["temporary_teachers"] or 0)
        listed = small if any(0 < n < fewest for n in heads) else companions
        listed.append(names.get(row["school_code"], row["school_code"]))
    totals = [
        labels.ownership_zh(r["ownership"])
        for r in reader.rows(
            "fct_district_kindergarten_pay", where="pay_status = 'suppressed'", order="ownership desc"
        )
    ]
    hidden = [
        f"在编或临聘教师不足 {fewest} 人：{'、'.join(small)}" if small else "",
        f"为防止从合计倒推而陪同不公布：{'、'.join(companions)}" if companions else "",
        f"没有足够的园陪同，合计也不公布：{'、'.join(totals)}" if totals else "",
    ]
    rule = (
        f"幼儿园平均工资背后不足 {fewest} 人的不公布（等于公开个人工资），该园在编、临聘人均工资和两者之比都标“不公布”；"
        "能从合计倒推出来的园或合计一并不公布。人数和参保情况照常公布。问题清单不含工资，身份证号、手机号已遮盖。"
    )
    return [("隐私", rule), ("工资不公布的", "；".join(t for t in hidden if t) or "无")]


def _synthetic_zh(notes: Mapping[str, Any]) -> str:
    """What the workbook says of invented figures; empty without them."""
    some_zh = some_synthetic_zh(notes.get("synthetic_files") or ())
    return SYNTHETIC_ZH if notes.get("is_synthetic") else some_zh


def _built_zh(notes: Mapping[str, Any], district: District) -> str:
    """When the release was built, in the time of the district."""
    built_at = notes.get("built_at")
    zone = district.time_zone
    return f"{local_time(built_at, zone):%Y-%m-%d %H:%M} {zone_zh(zone)}" if built_at else ""


def _rate(value: float | None) -> str:
    return printed(value, 1, scale=100, suffix="%")
