"""`junheng doctor`: faults of the installation, the raw folder and the home, and what to do about each.

# Longer than 500 lines: one short function per check, all of the same form.

Each check looks at one thing, changes nothing, and yields findings. A check that raises an error becomes a finding, so
that one fault doesn't hide the others. Only the standard library and the command line are imported at the top, so that
the doctor runs when another package is missing. `junheng verify` compares the content of received files.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dagster_project.core.commands import (
    HomeOption,
    RawOption,
    SampleOption,
    home_of,
    raw_root_of,
    say,
)
from dagster_project.core.errors import UserError
from dagster_project.core.homes import DAGSTER_MODULE, PROJECT_ROOT, Home
from dagster_project.core.local_time import local_time, today, zone_zh
from dagster_project.core.privacy import without_figures

Level = Literal["fine", "note", "wrong"]
_LEVEL_ZH: dict[Level, str] = {"fine": "正常", "note": "注意", "wrong": "有误"}
#: A run needs room for its build and the new release beside the earlier ones.
LEAST_FREE_BYTES = 1024**3
LEAST_MEMORY_BYTES = 2 * 1024**3
SUITED_PYTHONS = ((3, 11), (3, 12), (3, 13))
#: Windows limits the length of a path by default; names of files and folders below the home are added to this.
LONGEST_HOME_PATH = 150
#: Programs that synchronise folders lock the files in them while they do.
SYNCHRONISED = re.compile(
    r"onedrive|dropbox|坚果云|nutstore|baidusync|百度网盘|wpsdrive|wps云盘", re.IGNORECASE
)
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smbfs", "smb3", "afpfs", "webdav", "davfs"}


@dataclass(frozen=True)
class Finding:
    """One thing the doctor found.

    Attributes:
        level: "fine"; "note": works, but may surprise; "wrong": has to be fixed.
        message_zh: what it is.
        advice_zh: what to do; empty where nothing is to be done.
    """

    level: Level
    message_zh: str
    advice_zh: str = ""


def command(raw: RawOption = None, home: HomeOption = None, sample: SampleOption = False) -> None:
    """检查安装和文件夹有没有问题，说明怎么办；什么都不改动。有误时返回 1。"""
    counts = dict.fromkeys(_LEVEL_ZH, 0)
    for title, found in examine(raw_root_of(raw, sample), home_of(home, sample)):
        for finding in found:
            counts[finding.level] += 1
            say(f"[{_LEVEL_ZH[finding.level]}] {title}：{finding.message_zh}")
            if finding.advice_zh:
                say(f"       {finding.advice_zh}")
    if counts["wrong"]:
        raise UserError(
            f"检查完毕：{counts['wrong']} 处有误，请按上面的说明处理；{counts['note']} 处需要注意。"
        )
    say(f"检查完毕：没有错误，{counts['note']} 处需要注意。" if counts["note"] else "检查完毕：一切正常。")


def examine(raw_root: Path, home: Home) -> Iterator[tuple[str, list[Finding]]]:
    """Findings of every check under its Chinese title.

    Args:
        raw_root: folder with the returns.
        home: what they are published into; need not exist.
    """
    for title_zh, check in CHECKS:
        try:
            found = list(check(raw_root, home))
        except ImportError as error:
            found = [
                Finding("wrong", f"缺少软件包 {error.name}", "请重新安装：make run（Windows：run.cmd）。")
            ]
        except UserError as error:  # it says itself what to do
            found = [Finding("wrong", str(error))]
        except Exception as error:  # reported as a finding, so that the other checks run
            said = without_figures(f"{type(error).__name__}：{error}")
            found = [
                Finding(
                    "wrong",
                    f"这一项没有查完：{said}",
                    "请把这一行连同 junheng doctor 的全部输出发给维护人员。",
                )
            ]
        yield title_zh, found


def check_python(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The interpreter is one that the locked packages support."""
    version = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    if sys.version_info[:2] in SUITED_PYTHONS:
        yield Finding("fine", version)
    else:
        yield Finding(
            "wrong", f"{version}，需要 3.11—3.13", "请安装 Python 3.12，再运行 make run PYTHON=python3.12。"
        )


def check_packages(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The installed packages are those of the lock file."""
    import importlib.metadata

    lock = PROJECT_ROOT / "requirements.lock"
    if not lock.is_file():
        yield Finding("wrong", f"找不到 {lock}", "项目文件夹不完整，请重新下载整个项目。")
        return
    from packaging.requirements import Requirement

    wanted = re.findall(r"^([A-Za-z0-9][^\s\\]*==[^\\\n]*)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    missing, other, count = [], [], 0
    for line in wanted:
        requirement = Requirement(line.strip())
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        count += 1
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            other.append(f"{requirement.name} {version}（应为{requirement.specifier}）")
    advice = "请重新安装：make run（Windows：run.cmd）。"
    if missing:
        yield Finding("wrong", f"缺少 {len(missing)} 个软件包：{_few(missing)}", advice)
    if other:
        yield Finding("wrong", f"{len(other)} 个软件包的版本不对：{_few(other)}", advice)
    if not missing and not other:
        yield Finding("fine", f"{count} 个软件包与锁定的版本一致")


def check_dagster(raw_root: Path, home: Home) -> Iterator[Finding]:
    """What Dagster's screen shows can be loaded, by Dagster's own loader."""
    from dagster import DagsterError
    from dagster._core.definitions.reconstruct import repository_def_from_target_def
    from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module

    try:
        (target,) = loadable_targets_from_python_module(DAGSTER_MODULE, None)
        repository = repository_def_from_target_def(target.target_definition)
        jobs = [] if repository is None else repository.get_all_jobs()
    except (DagsterError, UserError) as error:
        yield Finding(
            "wrong",
            f"Dagster 界面载入不了 {DAGSTER_MODULE}：{_first_line(error)}",
            "命令行不受影响；请把这一行发给维护人员。",
        )
    else:
        yield Finding("fine", f"Dagster 界面能载入，{len(jobs)} 个作业")


def check_terminal(raw_root: Path, home: Home) -> Iterator[Finding]:
    """This terminal can show Chinese."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "督导".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        yield Finding(
            "note",
            f"终端的编码是 {encoding}，显示不了中文",
            "Windows 可先执行 chcp 65001；Linux 可设置 LANG=C.UTF-8。",
        )
    else:
        yield Finding("fine", f"终端编码 {encoding}")


def check_memory(raw_root: Path, home: Home) -> Iterator[Finding]:
    """Whether there is enough free memory for a run."""
    import psutil

    free = psutil.virtual_memory().available
    if free < LEAST_MEMORY_BYTES:
        yield Finding("note", f"可用内存只有 {_gigabytes(free)}", "请关闭一些程序再运行，否则可能很慢。")
    else:
        yield Finding("fine", f"可用内存 {_gigabytes(free)}")


def check_reader(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The process that reads files starts and reads one."""
    from dagster_project.intake.reader import Worker, limits_from_environment

    limits = limits_from_environment()
    with tempfile.TemporaryDirectory() as folder, Worker(Path(folder)) as worker:
        path = Path(folder) / "probe.csv"
        path.write_text("学校代码,学校名称\n0000000001,甲\n", encoding="utf-8")
        worker.parse(path, "2000/probe.csv", 2000)
    yield Finding(
        "fine",
        f"读表进程正常（内存上限 {limits.memory_bytes // 1024**2} MB，时间上限 {limits.seconds:g} 秒）",
    )


def check_temporary_folder(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The system's folder for temporary files can be written to and has room."""
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES // 4:
        yield Finding(
            "wrong",
            f"临时文件夹 {folder} 只剩 {_gigabytes(free)}",
            "请清理磁盘，或设置 TMPDIR（Windows：TEMP）。",
        )
    else:
        yield Finding("fine", f"临时文件夹 {folder} 可用 {_gigabytes(free)}")


def check_raw_folder(raw_root: Path, home: Home) -> Iterator[Finding]:
    """Returns are in folders of a year, and only tables are among them; evidence may be of any type."""
    from dagster_project.intake.raw_folder import READABLE_SUFFIXES, raw_files

    if not raw_root.is_dir():
        yield Finding(
            "wrong", f"没有原始数据目录 {raw_root}", "请建立它，并把报表放进以年份命名的文件夹，如 2024/。"
        )
        return
    years: dict[int, int] = {}
    homeless, no_tables = [], []
    evidence = 0
    for raw in raw_files(raw_root):
        if raw.school_year is None:
            homeless.append(raw.relative)
        elif raw.is_evidence:
            evidence += 1
        elif raw.path.suffix.lower() not in READABLE_SUFFIXES:
            no_tables.append(raw.relative)
        else:
            years[raw.school_year] = years.get(raw.school_year, 0) + 1
    if homeless:
        yield Finding(
            "wrong",
            f"{len(homeless)} 个文件不在年份文件夹里，不会读取：{_few(homeless)}",
            "请移入年份文件夹，如 2024/。",
        )
    if no_tables:
        yield Finding(
            "note", f"{len(no_tables)} 个文件不是表格，会拒收：{_few(no_tables)}", "请另存为 .xlsx，或移走。"
        )
    odd = [str(y) for y in years if y > today().year + 1]
    if odd:
        yield Finding(
            "note",
            f"年份文件夹 {'、'.join(odd)} 还没有到",
            "年份以学年的起始年为准：2024—2025 学年放进 2024/。",
        )
    if not years:
        yield Finding(
            "note", f"{raw_root} 里还没有报表", "请放入报表；想先看看效果，可运行 junheng run --sample。"
        )
    elif not homeless and not no_tables:
        counted = "，".join(f"{year}：{n} 个文件" for year, n in sorted(years.items()))
        yield Finding("fine", counted + (f"；佐证材料 {evidence} 个" if evidence else ""))


def check_open_files(raw_root: Path, home: Home) -> Iterator[Finding]:
    """No return is open in Excel or WPS, and all can be read."""
    if not raw_root.is_dir():
        return
    from dagster_project.intake.raw_folder import raw_files

    opened = sorted(p.relative_to(raw_root).as_posix() for p in raw_root.rglob("~$*"))
    if opened:
        yield Finding("note", f"可能有文件正在 Excel 或 WPS 中打开：{_few(opened)}", "请保存并关闭后再运行。")
    closed = [raw.relative for raw in raw_files(raw_root) if not os.access(raw.path, os.R_OK)]
    if closed:
        yield Finding("wrong", f"{len(closed)} 个文件没有读取权限：{_few(closed)}", "请修改文件权限。")
    if not opened and not closed:
        yield Finding("fine", "所有文件都能读取")


def check_own_files_in_raw_folder(raw_root: Path, home: Home) -> Iterator[Finding]:
    """Layouts, corrections, district names and town outlines of the raw folder, if there are any, can be read."""
    from dagster_project.core.declarations import bytes_of
    from dagster_project.intake.reader import layouts_for
    from dagster_project.record import precedence
    from dagster_project.record.corrections import FILE_NAME, read_corrections
    from dagster_project.warehouse.build import OUTLINES_NAME, read_outlines
    from dagster_project.warehouse.districts import read_districts

    usable = []
    try:
        usable.append(f"布局 {len(layouts_for(raw_root))} 个")
    except (ValueError, UserError) as error:
        yield Finding(
            "wrong", f"layouts/ 里的布局文件有误：{_first_line(error)}", "请对照 README“别的系统的表”改正。"
        )
    try:
        entries = read_corrections(bytes_of(raw_root / FILE_NAME), raw_root / FILE_NAME)
        usable.append(f"更正 {len(entries)} 项")
    except UserError as error:
        yield Finding("wrong", str(error), "请改正后再运行；在改好之前，运行会停在这里。")
    try:
        named = read_districts(raw_root)
        if named:
            usable.append(f"区县信息 {len(named)} 个")
    except UserError as error:
        yield Finding("wrong", str(error), "请改正后再运行；在改好之前，运行会停在这里。")
    try:
        if declared := bytes_of(raw_root / precedence.FILE_NAME):
            precedence.read_precedence(declared, str(raw_root / precedence.FILE_NAME))
            usable.append(f"来源的次序 {precedence.FILE_NAME}")
    except UserError as error:
        yield Finding("wrong", str(error), "请改正后再运行；在改好之前，运行会停在这里。")
    try:
        if read_outlines(raw_root) is not None:
            usable.append(f"镇街边界 {OUTLINES_NAME}")
    except UserError as error:
        yield Finding("wrong", str(error))
    if usable:
        yield Finding("fine", "，".join(usable))


def check_home_can_be_written(raw_root: Path, home: Home) -> Iterator[Finding]:
    """A run may write into the home, or may make it."""
    folder = home.root
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        yield Finding("wrong", f"{folder} 不是文件夹", "请用 --home 另选一个成果目录。")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            "wrong",
            f"不能写入 {folder}（{error.strerror}）",
            "请修改文件夹权限，或用 --home 另选一个成果目录。",
        )
        return
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield Finding(
            "wrong", f"成果目录所在的磁盘只剩 {_gigabytes(free)}", "请清理磁盘，或用 --home 换到别的磁盘。"
        )
    else:
        yield Finding("fine", f"{home.root} 可写，磁盘可用 {_gigabytes(free)}")


def check_home_place(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The home is on a disk of this computer, outside synchronised folders, under a short path."""
    path = str(home.root.resolve())
    clean = True
    if SYNCHRONISED.search(path):
        clean = False
        yield Finding(
            "note", "成果目录在网盘的同步文件夹里，同步时文件会被占用", "请用 --home 换到不同步的文件夹。"
        )
    kind = _file_system(home.root)
    if kind in NETWORK_FILE_SYSTEMS or path.startswith("\\\\"):
        clean = False
        yield Finding(
            "note",
            f"成果目录在网络磁盘上（{kind or '共享文件夹'}），加锁不可靠",
            "请把成果目录放在本机磁盘。",
        )
    if os.name == "nt" and len(path) > LONGEST_HOME_PATH:
        clean = False
        yield Finding(
            "wrong",
            f"成果目录的路径有 {len(path)} 个字符，Windows 可能打不开其中的文件",
            "请换一个短些的路径，如 C:\\junheng。",
        )
    if clean:
        yield Finding("fine", "成果目录在本机磁盘上")


def check_binding(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The home belongs to this raw folder."""
    if not home.binding.is_file():
        yield Finding("fine", "成果目录还没有用过")
        return
    try:
        bound = json.loads(home.binding.read_text(encoding="utf-8"))
        relative = (home.root.resolve() / bound["raw_root_relative"]).resolve()
        known = {str(Path(bound["raw_root"]).resolve()), str(relative)}
    except (ValueError, KeyError):
        yield Finding(
            "wrong", f"{home.binding} 已损坏", "请从备份恢复（junheng restore），或删去它后再运行一次。"
        )
        return
    if str(raw_root.resolve()) in known:
        yield Finding("fine", f"对应的原始数据目录是 {raw_root}")
    else:
        yield Finding(
            "wrong",
            f"成果目录绑定的原始数据目录是 {bound['raw_root']}，不是 {raw_root}",
            "请用 --raw 指定绑定的目录，或用 --home 另选成果目录。",
        )


def check_lock(raw_root: Path, home: Home) -> Iterator[Finding]:
    """No other run is at work, and none was interrupted."""
    from dagster_project.core.lock import who_is_at_work
    from dagster_project.warehouse import release

    busy = who_is_at_work(home)
    if busy:
        yield Finding(
            "note",
            f"正有一次运行在进行（{busy}）",
            "请等它结束；确认它已经卡住时，结束那个进程即可，数据不会丢。",
        )
        return
    left = release.leftovers(home)
    if left:
        yield Finding(
            "note",
            f"上次运行被中断，留下 {len(left)} 个没有写完的文件或文件夹",
            "不用处理，下次运行会清理并补齐。",
        )
    else:
        yield Finding("fine", "没有别的运行，也没有中断的痕迹")


def check_record(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The record of what was received holds together."""
    from dagster_project.intake.manifest import read_manifest

    if not home.manifest.is_file():
        if home.releases.is_dir():
            yield Finding("wrong", "有版本，却没有登记簿", "请从备份恢复（junheng restore）。")
        return
    manifest = read_manifest(home)
    if manifest.broken_at is not None:
        yield Finding(
            "wrong",
            f"登记簿第 {manifest.broken_at} 段与校验链不符，可能被改动或损坏",
            "请从备份恢复（junheng restore）。",
        )
    else:
        yield Finding(
            "fine",
            f"登记簿 {manifest.blocks} 段，{len(manifest.files)} 个文件；逐个核对内容请用 junheng verify",
        )


def check_release(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The release in force is whole, opens, and is the newest."""
    from dagster_project.core.duck import open_marts
    from dagster_project.warehouse import release

    in_force = home.release_in_force()
    if in_force is None:
        yield Finding("note", "还没有发布过版本", "放好报表后运行 junheng run。")
        return
    known = release.complete_releases(home)
    if in_force not in known:
        yield Finding(
            "wrong",
            f"当前生效的版本 {in_force} 不完整或不存在",
            "请用 junheng rollback 换一个，或再运行一次。",
        )
        return
    folder = home.releases / in_force
    with open_marts(folder / "marts.duckdb") as con:
        count = con.execute("select count(distinct school_code) from marts.dim_schools").fetchone()
    schools = count[0] if count else 0
    if not (folder / "site" / "index.html").is_file():
        yield Finding("note", f"版本 {in_force} 没有网页", "再运行一次 junheng run，新版本会带网页。")
    newest = max(known)
    if in_force != newest:
        yield Finding(
            "note",
            f"生效的是 {in_force}，不是最新的 {newest}",
            f"要用最新的，运行 junheng rollback {newest}。",
        )
    else:
        yield Finding("fine", f"版本 {in_force}，{schools} 所学校（含已撤并的）")


def check_clock(raw_root: Path, home: Home) -> Iterator[Finding]:
    """The clock is not behind the newest release: releases sort by their time."""
    newest = max((p.name[:15] for p in home.releases.glob("[!.]*")), default="")
    now = dt.datetime.now(dt.UTC)
    if newest > f"{now:%Y%m%dT%H%M%S}":
        yield Finding("wrong", f"电脑的时间比最新版本（{newest}）还早", "请校准电脑的日期和时间。")
    else:
        yield Finding("fine", f"电脑时间 {local_time(now):%Y-%m-%d %H:%M}（{zone_zh()}）")


def check_privacy(raw_root: Path, home: Home) -> Iterator[Finding]:
    """Folders that hold pay data are closed to other users."""
    if os.name == "nt":
        yield Finding(
            "note", "Windows 上不检查文件夹权限", "请自行确认 vault、raw、analyst 只有分析人员能打开。"
        )
        return
    folders = (home.vault, home.raw, home.analyst)
    opened = [p.name for p in folders if p.is_dir() and stat.S_IMODE(p.stat().st_mode) & 0o077]
    if opened:
        yield Finding(
            "note",
            f"{'、'.join(opened)} 对其他用户开放，其中有待遇数据",
            "不是有意开放的，请执行 chmod -R go= 收回。",
        )
    else:
        yield Finding("fine", "含待遇数据的文件夹只有本人可读")


def check_not_received(raw_root: Path, home: Home) -> Iterator[Finding]:
    """Whether a run has read each file of the raw folder as it is now."""
    from dagster_project.intake.manifest import read_manifest
    from dagster_project.questions.backup import waiting

    if not raw_root.is_dir():
        return
    new, changed = waiting(raw_root, read_manifest(home))
    if new:
        yield Finding("note", f"{len(new)} 个文件还没有读入：{_few(new)}", "请运行 junheng run。")
    if changed:
        yield Finding(
            "note", f"{len(changed)} 个文件在读入之后又有改动：{_few(changed)}", "请运行 junheng run。"
        )
    if not new and not changed:
        yield Finding("fine", "目录里的文件都已读入")


Check = Callable[[Path, Home], Iterator[Finding]]
CHECKS: tuple[tuple[str, Check], ...] = (
    ("Python", check_python),
    ("软件包", check_packages),
    ("Dagster 界面", check_dagster),
    ("终端", check_terminal),
    ("内存", check_memory),
    ("读表", check_reader),
    ("临时文件", check_temporary_folder),
    ("原始数据", check_raw_folder),
    ("文件占用", check_open_files),
    ("自写文件", check_own_files_in_raw_folder),
    ("待读入", check_not_received),
    ("成果目录", check_home_can_be_written),
    ("存放位置", check_home_place),
    ("目录对应", check_binding),
    ("运行状态", check_lock),
    ("登记簿", check_record),
    ("当前版本", check_release),
    ("时钟", check_clock),
    ("权限", check_privacy),
)


def _few(names: list[str], most: int = 4) -> str:
    return "、".join(names[:most]) + (" 等" if len(names) > most else "")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _gigabytes(count: int) -> str:
    return f"{count / 1024**3:.1f} GB"


def _file_system(path: Path) -> str:
    """Kind of the file system a path lies on; empty if the system doesn't name it."""
    import psutil

    resolved = path.resolve()
    mounts = [
        (len(p.mountpoint), p.fstype.lower())
        for p in psutil.disk_partitions(all=True)
        if resolved.is_relative_to(p.mountpoint)
    ]
    return max(mounts, default=(0, ""))[1]
