"""Command line. Messages are Chinese; heavy imports happen inside the commands that need them."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.core.errors import UsageError, UserError
from dagster_project.core.errors import traceback_without_figures as told_error
from dagster_project.core.homes import DEFAULT_HOME, SAMPLE_HOME, Home
from dagster_project.terminal import ChineseTyper, Progress, start

app = ChineseTyper(
    name="junheng",
    help="均衡：从学校报表到督导委员会能读的成果。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_SEVERITY_ZH = {"reject_file": "拒收", "quarantine_row": "整行暂不采用", "hold": "挂起待定", "warn": "提醒"}
_FILE_STATUS_ZH = {
    "accepted": "采用",
    "rejected": "拒收",
    "duplicate": "重复",
    "unrecognised": "未认出",
    "held": "挂起",
}

HomeOption = Annotated[Path | None, typer.Option("--home", help="成果目录，默认 warehouse/")]


def _say(text: str) -> None:
    typer.echo(text)


def _say_signs(text: str) -> None:
    """Say a text with signs that a GBK terminal lacks: there they become plain ones, not question marks."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    for sign, plain in (("−", "-"), ("›", ">")):
        try:
            sign.encode(encoding)
        except UnicodeEncodeError:
            text = text.replace(sign, plain)
    _say(text)


def _home(home: Path | None, sample: bool = False) -> Path:
    return home or (SAMPLE_HOME if sample else DEFAULT_HOME)


@app.command("run")
def run_command(
    raw: Annotated[Path | None, typer.Option("--raw", help="原始数据目录，默认 raw_data/")] = None,
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="成果截至日期，如 2024-03-31；默认今天")
    ] = None,
) -> None:
    """读入新报表，校验、计算并发布新版本。"""
    from dagster_project import run

    day = _date(as_of)
    progress = Progress()
    summary = run.run(run.raw_root_of(sample, raw), _home(home, sample), as_of=day, report=progress.report)
    progress.finish()
    place = Home(summary.home)
    files = "，".join(f"{_FILE_STATUS_ZH.get(k, k)} {v}" for k, v in summary.files.items())
    rows = summary.rows
    _say("")
    _say(f"历次收到的文件：{sum(summary.files.values())} 个（{files}）")
    _say(
        f"其中的数据行：读入 {rows['read']}，采用 {rows['accepted']}，暂不采用 {rows['quarantined']}，"
        f"略去（合计行、空行、重复行，整表拒收的行） {rows['dropped']}"
    )
    if summary.problems:
        listed = "，".join(f"{_SEVERITY_ZH.get(k, k)} {v}" for k, v in summary.problems.items())
        _say(f"问题清单：{listed}")
    _tell_what_was_not_used(summary.not_used)
    _tell_who_still_owes(summary.completeness)
    for year_zh, tables in summary.closed_years_changed.items():
        _say(
            f"提示：已截止的 {year_zh} 学年有数字变动（{'、'.join(tables)}）；请核对是否由批准的补报、更正或标准更新引起。"
        )
    if summary.returned:
        folder = place.root / "feedback" / summary.release_id
        _say(f"退回件：{len(summary.returned)} 份，在 {folder}（可发给学校，改好后放回原文件夹再运行）")
    in_force = place.release_in_force()
    _say(f"{'已发布新版本' if summary.is_new else '没有新内容，沿用版本'}：{summary.release_id}")
    if in_force != summary.release_id:
        _say(f"提示：当前生效的是 {in_force}（此前用 junheng rollback 指定）。")
    current = place.current_dir() or place.root
    _say(f"成果在：{current}")
    for name, what in _RESULTS_ZH.items():
        if (current / name).exists():
            _say(f"  {name:<17} {what}")


_RESULTS_ZH = {
    "site/index.html": "网页，双击或用 junheng open 打开",
    "workbooks/": "给督导委员会的工作簿",
    "reports/": "整改周报、月报",
    "problems.csv": "问题清单，可用 Excel 或 WPS 打开",
    "marts.duckdb": "全部指标表",
}
_WHAT_ZH = {"file": "文件", "sheet": "工作表", "column": "列", "row": "行"}


def _tell_what_was_not_used(found: list[dict[str, str]]) -> None:
    """What was sent and reached no figure, and why: the gravest few, the rest by count."""
    if not found:
        _say("报来的内容全部用上了。")
        return
    counts = {zh: sum(f["what"] == what for f in found) for what, zh in _WHAT_ZH.items()}
    _say(
        "没有用上的："
        + "，".join(f"{zh} {n} 处" for zh, n in counts.items() if n)
        + "（一行有几处问题就算几处，详见问题清单）"
    )
    for item in found[:5]:
        place = " › ".join(x for x in (item["source_file"], item["sheet"], item.get("cell")) if x)
        _say(f"  {place}：{item['why']}")
    if len(found) > 5:
        _say(f"  ……其余 {len(found) - 5} 处见问题清单。")


def _tell_who_still_owes(completeness: list[dict[str, Any]]) -> None:
    """How complete the latest year is, feed by feed."""
    from dagster_project.intake.feeds import load_feeds

    if not completeness:
        return
    feeds = load_feeds()
    parts = []
    for item in completeness:
        name = feeds[item["feed"]].name_zh
        parts.append(f"{name} {item['schools_received']}/{item['schools_due']}")
    _say(f"{completeness[0]['school_year']} 学年报送（已报/应报学校）：{'，'.join(parts)}")
    for item in completeness:
        # a release of an earlier version names the schools by their codes only
        owing = (item.get("still_owing_zh") or item["still_owing"].replace(" ", "、")).split("、")
        owing = [name for name in owing if name]
        if owing:
            more = f" 等 {len(owing)} 所" if len(owing) > 4 else ""
            _say(
                f"  还欠“{feeds[item['feed']].name_zh}”：{'、'.join(owing[:4])}{more}（见工作簿“未报学校名单”）"
            )


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"日期 {text} 应写成 2024-03-31 的样子。") from error


@app.command("check")
def check_command(
    files: Annotated[list[Path], typer.Argument(help="要检查的文件")],
    year: Annotated[int | None, typer.Option("--year", help="学年（起始年份）；默认看文件所在文件夹")] = None,
    out: Annotated[Path, typer.Option("--out", help="问题清单写到哪里")] = Path("problems.csv"),
) -> None:
    """只检查，不入库；写出问题清单。有会被拒收或整行不采用的内容时返回 1。"""
    from dagster_project import run

    found = run.check(files, school_year=year, output=out)
    for row in found[:30]:
        place = " › ".join(str(row[k]) for k in ("source_file", "sheet", "cell") if row[k])
        _say(f"[{_SEVERITY_ZH.get(row['severity'], row['severity'])}] {place}：{row['message_zh']}")
    if len(found) > 30:
        _say(f"……共 {len(found)} 条，其余见问题清单。")
    refused = sum(1 for row in found if row["severity"] in ("reject_file", "quarantine_row"))
    _say(f"检查完毕：{len(found)} 条，其中 {refused} 条必须改正。问题清单：{out}")
    if refused:
        raise typer.Exit(1)


@app.command("template")
def template_command(
    out: Annotated[Path, typer.Option("--out", help="模板写到哪个文件夹")],
    year: Annotated[int | None, typer.Option("--year", help="填报年度")] = None,
) -> None:
    """写出各种报表的空白填报模板。"""
    from dagster_project.sample.entry_forms import write_templates

    for path in write_templates(out, year):
        _say(f"已写出 {path}")


@app.command("sample")
def sample_command(
    raw: Annotated[Path, typer.Option("--raw", help="示例报表写到哪个文件夹")],
    schools: Annotated[int | None, typer.Option("--schools", help="义务教育学校数")] = None,
    years: Annotated[list[int] | None, typer.Option("--years", help="学年，可重复给出")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="随机种子")] = None,
) -> None:
    """写出一个合成的示例区县。"""
    from dagster_project.sample.workbooks import write_sample

    options: dict[str, object] = {"schools": schools, "years": years, "seed": seed}
    write_sample(raw, **{k: v for k, v in options.items() if v is not None})  # type: ignore[arg-type]
    _say(f"合成的示例报表已写到 {raw}")


@app.command("releases")
def releases_command(
    home: HomeOption = None, sample: Annotated[bool, typer.Option("--sample")] = False
) -> None:
    """列出已发布的版本。"""
    from dagster_project.warehouse.release import list_releases

    place = Home(_home(home, sample))
    found = list_releases(place)
    if not found:
        raise UserError(f"{place.root} 里还没有发布过版本；请先运行 junheng run。")
    in_force = place.release_in_force()
    for item in found:
        years = item["school_years"]
        span = f"{'–'.join(str(y) for y in dict.fromkeys((years[0], years[-1])))} 学年" if years else ""
        mark = "＊生效" if item["release_id"] == in_force else "　　　"
        _say(f"{mark} {item['release_id']}  建于 {item['built_at']}  截至 {item['as_of']}  {span}")


@app.command("open")
def open_command(
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """在浏览器里打开当前版本的网页。"""
    import webbrowser

    place = Home(_home(home, sample))
    current = place.current_dir()
    if current is None:
        raise UserError(f"{place.root} 里还没有发布过版本；请先运行 junheng run。")
    page = current / "site" / "index.html"
    if not page.is_file():
        raise UserError(f"版本 {current.name} 没有网页；请再运行一次 junheng run，新版本会带网页。")
    _say(f"网页：{page}")
    if not webbrowser.open(page.resolve().as_uri()):
        _say("没有找到浏览器；请在文件管理器里双击上面这个文件。")


_LEVEL_ZH = {"fine": "正常", "note": "注意", "wrong": "有误"}


@app.command("doctor")
def doctor_command(
    raw: Annotated[Path | None, typer.Option("--raw", help="原始数据目录，默认 raw_data/")] = None,
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """检查安装和文件夹有没有问题，说明怎么办；什么都不改动。有误时返回 1。"""
    from dagster_project import run
    from dagster_project.questions import doctor

    counts = dict.fromkeys(_LEVEL_ZH, 0)
    place = Home(_home(home, sample))
    for title, found in doctor.examine(run.raw_root_of(sample, raw), place):
        for finding in found:
            counts[finding.level] += 1
            _say(f"[{_LEVEL_ZH[finding.level]}] {title}：{finding.message_zh}")
            if finding.advice_zh:
                _say(f"       {finding.advice_zh}")
    if counts["wrong"]:
        raise UserError(
            f"检查完毕：{counts['wrong']} 处有误，请按上面的说明处理；{counts['note']} 处需要注意。"
        )
    _say(f"检查完毕：没有错误，{counts['note']} 处需要注意。" if counts["note"] else "检查完毕：一切正常。")


@app.command("rollback")
def rollback_command(
    release_id: Annotated[str, typer.Argument(help="版本编号，见 junheng releases")],
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample")] = False,
) -> None:
    """让一个较早的版本重新生效。"""
    from dagster_project import run

    run.roll_back(Home(_home(home, sample)), release_id)
    _say(f"现在生效的版本是 {release_id}。")


@app.command("report")
def report_command(
    kind: Annotated[str, typer.Argument(help="weekly 周报，或 monthly 月报")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="截至日期，如 2024-03-31；默认为当前版本的截至日期")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹")] = Path(),
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """按当前版本写出整改周报或月报（Word）。"""
    from dagster_project import run

    if kind not in ("weekly", "monthly"):
        raise UsageError(f"报告只有 weekly（周报）和 monthly（月报），没有 {kind}。")
    for path in run.report(Home(_home(home, sample)), kind, out, as_of=_date(as_of)):
        _say(f"已写出 {path}")


@app.command("feedback")
def feedback_command(
    files: Annotated[
        list[str] | None, typer.Argument(help="只要这些文件的反馈；默认全部有问题的文件")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件夹")] = Path("问题反馈"),
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """把有问题的报表标出要改的单元格退给学校，并按镇街汇总。"""
    from dagster_project import run

    written = run.feedback(Home(_home(home, sample)), out, files=files or None)
    if not written:
        _say("没有需要反馈的问题。")
        return
    *copies, summary = written
    towns = sorted({p.parent.name for p in copies if p.parent != out})
    _say(f"已写出 {len(copies)} 个反馈文件" + (f"，按镇街分放：{'、'.join(towns)}" if towns else "") + "。")
    _say(f"汇总：{summary}")
    _say("红色单元格必须改正，黄色是提醒；学校在文件里改好后原样发回，放入年度文件夹再运行 junheng run。")


@app.command("changes")
def changes_command(
    earlier: Annotated[
        str, typer.Argument(metavar="甲", help="较早的一方：版本编号:学年，或只写学年（当前版本）")
    ],
    later: Annotated[str, typer.Argument(metavar="乙", help="较晚的一方，写法相同")],
    out: Annotated[Path, typer.Option("--out", help="结果写到哪个文件（CSV）")] = Path("changes.csv"),
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """两个版本或两个学年之间，指标为什么变化：标准、数据更正、学校增减、实际变化。"""
    from dagster_project import run

    rows = run.changes(Home(_home(home, sample)), earlier, later, out)
    _say(f"已写出 {rows} 行到 {out}；四个部分相加等于总变化。")


@app.command("explain")
def explain_command(
    school: Annotated[str, typer.Argument(help="学校标识码，或学校全称", metavar="学校")],
    indicator: Annotated[str, typer.Argument(help="指标代码，或指标全称", metavar="指标")],
    year: Annotated[int | None, typer.Option("--year", help="学年（起始年份）；默认最近一年")] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="学段：小学 初中；默认全部")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="来源单元格另写到哪个文件（CSV）")] = None,
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")] = False,
) -> None:
    """一个数字从哪里来：算式、分摊、标准、差距，和每一个来源单元格。"""
    from dagster_project import run

    for line in run.explain(
        Home(_home(home, sample)), school, indicator, school_year=year, stage=stage, out=out
    ):
        _say_signs(line)


SampleOption = Annotated[bool, typer.Option("--sample", help="使用随程序附带的合成示例数据")]


@app.command("diff")
def diff_command(
    before: Annotated[
        str, typer.Argument(metavar="甲", help="较早的一份：文件，或 提交号:路径（如 1:2023/东镇.xlsx）")
    ],
    after: Annotated[str, typer.Argument(metavar="乙", help="较晚的一份，写法相同")],
    school: Annotated[str | None, typer.Option("--school", help="只看这所学校（学校标识码）")] = None,
    year: Annotated[int | None, typer.Option("--year", help="学年；默认看文件所在文件夹")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="改动的单元格另写到哪个文件（CSV）")] = None,
    raw: Annotated[Path | None, typer.Option("--raw", help="原始数据目录，默认 raw_data/")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """两份报表（或同一报表的两次提交）哪些单元格不同，哪些指标和判断因此变化。"""
    from dagster_project import run

    lines = run.diff(
        Home(_home(home, sample)), run.raw_root_of(sample, raw), before, after,
        school=school, school_year=year, out=out,
    )  # fmt: skip
    for line in lines:
        _say_signs(line)


@app.command("decide")
def decide_command(
    hold: Annotated[str | None, typer.Argument(help="挂起编号，如 H3-1；不写则列出全部挂起")] = None,
    verdict: Annotated[str | None, typer.Argument(help="accept 采用，或 reject 驳回")] = None,
    reason: Annotated[str, typer.Option("--reason", help="理由，会随数字一起公布")] = "",
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """决定挂起的文件（旧版重报、截止后补报）是否采用。"""
    from dagster_project import run
    from dagster_project.intake.vault import read_manifest

    place = Home(_home(home, sample))
    if hold is None:
        found = read_manifest(place).holds()
        for item in found:
            verdict_zh = {"accept": "已采用", "reject": "已驳回"}.get(item["verdict"], "待决定")
            _say(f"{item['hold']}  {verdict_zh}  {item['path']}（{item['received_at'][:10]} 收到）")
            for because in item["held_because"][:1]:
                _say(f"    {because[1]}")
        _say(f"共 {len(found)} 个挂起文件，{sum(i['verdict'] is None for i in found)} 个待决定。")
        return
    if verdict is None:
        raise UsageError("请写明决定：accept（采用）或 reject（驳回）。")
    run.decide(place, hold, verdict, reason)
    _say(f"{hold} 已记为{'采用' if verdict == 'accept' else '驳回'}；请运行 junheng run 更新成果。")


@app.command("close-round")
def close_round_command(
    year: Annotated[int, typer.Argument(help="学年（起始年份）")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """截止一个学年的填报：数字就此固定，之后报来的先挂起。"""
    from dagster_project import run

    record = run.close_round(Home(_home(home, sample)), year)
    _say(
        f"{year} 学年本轮已截止，数字以版本 {record['release_id']} 为准；之后报来的该学年报表会先挂起，"
        "用 junheng decide 决定是否采用。"
    )


@app.command("rebuild")
def rebuild_command(
    release_id: Annotated[str, typer.Argument(help="版本编号，见 junheng releases")],
    out: Annotated[Path, typer.Option("--out", help="重建到哪个文件夹")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """从原始文件重建一个较早的版本，并与当时的内容比对。内容不同时返回 1。"""
    from dagster_project import run

    different = run.rebuild(Home(_home(home, sample)), release_id, out, report=_say)
    if different:
        _say(f"已重建到 {out}，但这些表的内容与当时不同：{'、'.join(different)}。")
        raise typer.Exit(1)
    _say(f"已重建到 {out}，各表内容与当时发布的完全相同。")


@app.command("backup")
def backup_command(
    out: Annotated[Path | None, typer.Argument(help="备份文件；默认在当前文件夹，名称含时间")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """备份原始文件库和登记簿（其余都能由它们重建）。"""
    from dagster_project.questions import backup
    from dagster_project.warehouse import release

    place = Home(_home(home, sample))
    target = out or Path(backup.default_backup_name(place, dt.datetime.now()))
    with release.writer_lock(place):
        backup.back_up(place, target, report=_say)
    _say(f"备份文件：{target}。其中含待遇数据，请只存放在有权限的地方。")


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="备份文件")],
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """把备份恢复到一个空的成果目录，逐个文件核对校验值。"""
    from dagster_project.questions import backup
    from dagster_project.warehouse import release

    place = Home(_home(home, sample))
    with release.writer_lock(place):
        backup.restore(file, place, report=_say)


@app.command("verify")
def verify_command(
    raw: Annotated[Path | None, typer.Option("--raw", help="原始数据目录，默认 raw_data/")] = None,
    home: HomeOption = None,
    sample: SampleOption = False,
) -> None:
    """核对原始文件库、登记簿、数据行、各版本与原始数据目录。有丢失或被改动的内容时返回 1。"""
    from dagster_project import run
    from dagster_project.questions import backup

    root = run.raw_root_of(sample, raw)
    found = backup.verify(Home(_home(home, sample)), root if root.is_dir() else None)
    for finding in found:
        _say(f"[{'严重' if finding.is_grave else '提示'}] {finding.message_zh}")
    if any(f.is_grave for f in found):
        raise UserError("核对完毕：有内容丢失或被改动。可用 junheng restore 从备份恢复到新的成果目录。")
    _say("核对完毕：原始文件、登记簿、数据行和各版本相互一致。")


@app.command("dev")
def dev_command(
    raw: Annotated[Path | None, typer.Option("--raw")] = None,
    home: HomeOption = None,
    sample: Annotated[bool, typer.Option("--sample")] = False,
    port: Annotated[int, typer.Option("--port", help="端口")] = 3000,
) -> None:
    """打开 Dagster 界面（只在本机 127.0.0.1）。"""
    from dagster_project import run
    from dagster_project.defs.automation import serve

    raise typer.Exit(serve(run.raw_root_of(sample, raw), _home(home, sample), port))


@app.command("bench")
def bench_command(
    full: Annotated[bool, typer.Option("--full", help="含全国规模（约需数分钟）")] = False,
) -> None:
    """性能数据：每个数字都是同一次运行中与参照物之比。"""
    from dagster_project.bench import run_benchmarks

    run_benchmarks(full=full, report=_say)


def _prepare_console() -> None:
    """Chinese on any terminal: what it can't show is replaced, never fatal."""
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        if hasattr(stream, "reconfigure"):
            if encoding in ("ascii", "ansi_x3.41968", "latin1", "iso88591"):
                stream.reconfigure(encoding="utf-8", errors="replace")
            else:
                stream.reconfigure(errors="replace")


def main() -> None:
    """Entry point: 0 done, 1 nothing was published or something must be mended, 2 wrong usage."""
    _prepare_console()
    try:
        sys.exit(start(app))
    except UsageError as error:
        typer.echo(f"用法有误：{error}", err=True)
        sys.exit(2)
    except UserError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except Exception as error:
        text = explain_system_error(error)
        # an error of ours is told in full, but for the figures that a library's message may quote
        typer.echo(told_error(error) if text is None else text, err=True)
        sys.exit(1)


def explain_system_error(error: Exception) -> str | None:
    """What a person can do about an error of the system; None for an error of ours."""
    import errno

    code = getattr(error, "errno", None)
    said = str(error)
    name = getattr(error, "filename", None) or ""
    full = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", -1))
    if code in full or any(t in said for t in ("No space left", "File too large", "Disk quota exceeded")):
        return "磁盘已满或超出配额，没有发布新版本；已收到的内容和原有版本不受影响。请清理磁盘后再运行一次。"
    if isinstance(error, PermissionError) or code in (errno.EACCES, errno.EPERM):
        return (
            f"无法读写 {name}：文件可能正在 Excel 或 WPS 中打开，请先关闭后再运行一次；否则请检查文件夹权限。"
        )
    if code == errno.EROFS or "Read-only file system" in said:
        return f"{name} 所在的磁盘是只读的，无法写入；请换一个成果目录（--home）。"
    return None
