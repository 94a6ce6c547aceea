"""Set up Junheng in .venv/ and start its verbs: the standard library alone, on Linux, macOS and Windows.

    python3 setup_environment.py [--dev] [--wheels DIR]    set up, or say at once that nothing has to be done
    python3 setup_environment.py VERB [arguments]          the same, then do VERB (`help` lists the verbs)

The Makefile and run.cmd are thin faces over this script. What is installed is what the lock file names,
checked by hash. A stamp in .venv/ remembers it: an unchanged lock costs nothing, a changed one installs the
difference, and an interrupted installation or a moved folder is built again from nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "junheng-setup.json"
BUSY = VENV / "junheng-setup.lock"
LOG = VENV / "junheng-setup.log"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
# How pip begins the line of a package it looks at: fetched, from a folder, there already, for another system.
PACKAGE_LINES = ("Collecting ", "Processing ", "Requirement already satisfied", "Ignoring ")
SUITED = ((3, 11), (3, 12), (3, 13))

VERBS = {
    "run": "安装并发布示例区县；后接 --raw、--home 等参数时按参数运行",
    "test": "安装开发工具并运行测试（不含慢测试）",
    "test-fast": "一分钟内的测试：单元格、读表、数据模型、代码结构",
    "test-full": "运行全部测试",
    "lint": "检查代码：ruff、mypy、sqlfluff",
    "dev": "打开 Dagster 界面（示例区县，仅本机可访问）；参数同上",
    "bench": "性能测试",
    "spark": "另装 Spark 引擎（需要 Java 17；见 docs/scaling.md）",
    "clean": "删除缓存和编译产物（不动填报数据和发布结果）",
    "help": "显示本说明",
}
DEV_VERBS = {"test", "test-fast", "test-full", "lint", "bench"}


class SetupError(Exception):
    """Something the person at the keyboard can put right; the message says how."""


# --- what is there, what is wanted ---


def lock_file(dev: bool) -> Path:
    """The lock that is installed: with the development tools, or without."""
    return ROOT / ("requirements-dev.lock" if dev else "requirements.lock")


#: Packages for Spark alone, beside those of the other locks.
SPARK_LOCK = ROOT / "requirements-spark.lock"


def digest(path: Path) -> str:
    """SHA-256 of a text file, whatever its line endings."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def read_stamp() -> dict[str, object]:
    """What the last complete installation left behind; empty when there was none."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(**values: object) -> None:
    """Replace the stamp in one step."""
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps({"place": str(ROOT), **values}, indent=1), encoding="utf-8")
    fresh.replace(STAMP)


def is_ready(dev: bool) -> bool:
    """Whether .venv/ already holds what is asked for; the development set contains the plain one."""
    stamp = read_stamp()
    if stamp.get("state") != "ready" or stamp.get("place") != str(ROOT) or not PYTHON.exists():
        return False
    if dev and not stamp.get("dev"):
        return False
    same_lock = stamp.get("lock") == digest(lock_file(bool(stamp.get("dev"))))
    return same_lock and stamp.get("project") == digest(ROOT / "pyproject.toml")


# --- Python ---


def version_of(command: list[str]) -> tuple[int, ...]:
    """(major, minor) of an interpreter, or () when it does not start."""
    probe = [*command, "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(probe, capture_output=True, text=True, timeout=30, check=True).stdout
        return tuple(int(part) for part in answer.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def find_python() -> list[str]:
    """The command of a suitable interpreter: this one, else another one on this machine.

    Raises SetupError when there is none.
    """
    if sys.version_info[:2] in SUITED:
        return [sys.executable]
    for major, minor in reversed(SUITED):
        command = ["py", f"-{major}.{minor}"] if WINDOWS else [f"python{major}.{minor}"]
        if shutil.which(command[0]) and version_of(command) == (major, minor):
            return command
    here = ".".join(str(part) for part in sys.version_info[:3])
    raise SetupError(
        f"需要 Python 3.11、3.12 或 3.13，当前是 {here}，本机也没有找到合适的版本。\n"
        "请安装 Python 3.12 后重试。\n"
        f"Python 3.11, 3.12 or 3.13 is needed; this is {here} and no other one was found. "
        "Install Python 3.12 and try again."
    )


# --- installing ---


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold .venv/ for one installation; a second one waits. The system lets go if this process dies."""
    VENV.mkdir(exist_ok=True)
    with BUSY.open("a+") as handle:
        waiting = False
        while not _try_lock(handle.fileno()):
            if not waiting:
                print("另一个安装正在进行，等待其结束……", flush=True)
            waiting = True
            time.sleep(1)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def child_environment() -> dict[str, str]:
    """The environment without what would lead pip out of .venv/, and with UTF-8 on its pipes."""
    left_out = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_HASHES"}
    kept = {key: value for key, value in os.environ.items() if key.upper() not in left_out}
    return {**kept, "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def call(command: list[str], packages: int = 0) -> None:
    """Run a step with its output in the log, printing a sign of life for every 25th of the packages.

    Raises SetupError with the last lines of the output when the step fails.
    """
    lines: list[str] = []
    with LOG.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            log.write(line)
            lines.append(line.rstrip())
            if packages and line.startswith(PACKAGE_LINES):
                seen += 1
                if seen % 25 == 0 or seen == packages:
                    print(f"  已取得 {seen}/{packages}", flush=True)
            elif packages and line.startswith("Installing collected packages"):
                print("  写入磁盘……", flush=True)
        code = process.wait()
    if code:
        tail = "\n".join(f"  | {line}" for line in lines[-15:])
        raise SetupError(f"这一步没有完成（退出码 {code}），最后的输出是：\n{tail}\n完整记录 full log: {LOG}")


def empty_venv() -> None:
    """Delete everything in .venv/ but the lock that is held and the stamp that says it is not complete."""
    write_stamp(state="installing")
    for child in VENV.iterdir():
        if child not in (BUSY, STAMP):
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()


def make_venv() -> None:
    """Have a usable, empty-or-continued .venv/: anything half done, moved or broken starts from nothing."""
    stamp = read_stamp()
    half_done = stamp.get("state") == "installing"
    moved = bool(stamp) and stamp.get("place") != str(ROOT)
    if not half_done and not moved and version_of([str(PYTHON)]) in SUITED:
        return
    base = find_python()
    empty_venv()
    print("· 创建 .venv", flush=True)
    try:
        call([*base, "-m", "venv", str(VENV)])
    except SetupError as error:
        raise SetupError(
            f"{error}\n无法创建虚拟环境。Debian/Ubuntu 请先安装 python3-venv。\n"
            "The virtual environment could not be made; on Debian/Ubuntu install python3-venv first."
        ) from error


def install(dev: bool, wheels: Path | None) -> None:
    """Bring .venv/ to the state of the lock, install the project into it, compile, prepare dbt's manifest."""
    make_venv()
    stamp = read_stamp()
    dev = dev or bool(stamp.get("dev"))
    lock = lock_file(dev)
    pip = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--progress-bar", "off"]
    if not (stamp.get("state") == "ready" and stamp.get("dev") == dev and stamp.get("lock") == digest(lock)):
        packages = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
        print(f"· 安装 {packages} 个软件包（约 2 分钟）", flush=True)
        write_stamp(state="installing")
        source = ["--no-index", "--find" + "-links", str(wheels)] if wheels else []
        wanted = ["--require-hashes", "--only-binary", ":all:", "--no-compile", "-r", str(lock)]
        try:
            call([*pip, *source, *wanted], packages)
        except SetupError as error:
            raise SetupError(
                f"{error}\n请检查网络；没有互联网时用 --wheels 指定离线安装包文件夹（见 README.md）。\n"
                "Check the network, or give a folder of wheels with --wheels DIR (see README.md)."
            ) from error
        print("· 编译", flush=True)
        libraries = PYTHON.parent.parent / "Lib" if WINDOWS else VENV / "lib"
        # Some packages ship templates that are not valid Python: compileall's exit code says nothing.
        subprocess.run([str(PYTHON), "-m", "compileall", "-qq", "-j", "0", str(libraries)], check=False)
    print("· 安装本项目", flush=True)
    call([*pip, "--no-build-isolation", "-e", str(ROOT)])
    project = digest(ROOT / "pyproject.toml")
    write_stamp(state="ready", dev=dev, lock=digest(lock), project=project, spark=stamp.get("spark"))
    prepare_manifest()


def prepare_manifest() -> None:
    """Let dbt parse its project once now, so that the first run starts warm. Only speed depends on it."""
    if not (ROOT / "dagster_project" / "warehouse" / "build.py").exists():
        return
    print("· 准备 dbt", flush=True)
    code = "from dagster_project.warehouse.build import prepare_manifest; prepare_manifest()"
    try:
        call([str(PYTHON), "-c", code])
    except SetupError as error:
        print(f"提示：dbt 清单未能提前准备，首次运行会慢一些。\n{error}", flush=True)


def set_up(dev: bool, wheels: Path | None) -> None:
    """Install unless the stamp says that everything is there already."""
    if wheels is not None and not wheels.is_dir():
        raise SetupError(f"找不到离线安装包文件夹 no such folder of wheels: {wheels}")
    if is_ready(dev):
        return
    started = time.monotonic()
    with only_one():
        if not is_ready(dev):
            install(dev, wheels.resolve() if wheels else None)
    print(f"安装完成，用时 {time.monotonic() - started:.0f} 秒。", flush=True)


# --- Spark ---


def without_package(lock: str, name: str) -> str:
    """The text of a lock without one package."""
    return "\n".join(part for part in re.split(r"\n(?=\S)", lock) if not part.startswith(f"{name}=="))


def set_up_spark(wheels: Path | None) -> None:
    """Install Spark's packages beside the others, after a look at Java.

    Raises SetupError, with what to do, when Java is missing or too old, or the packages can't be installed.
    """
    check = "from dagster_project.warehouse.spark import java_missing_zh as m; print(m() or '')"
    command = [str(PYTHON), "-c", check]
    answer = subprocess.run(command, capture_output=True, cwd=ROOT, env=child_environment(), check=False)
    missing = (answer.stdout or answer.stderr).decode("utf-8", "replace").strip()
    if missing:
        raise SetupError(missing)
    with only_one():
        stamp = read_stamp()
        if stamp.get("spark") != digest(SPARK_LOCK):
            print("· 安装 Spark 的软件包（下载约 456 MB，约 3 分钟）", flush=True)
            source = ["--no-index", "--find" + "-links", str(wheels.resolve())] if wheels else []
            pip = [str(PYTHON), "-m", "pip", "install", "--no-deps", "--progress-bar", "off", *source]
            pip += ["--require-hashes", "--no-compile", "--only-binary", ":all:"]
            # pyspark is published as source alone: what makes a wheel of it comes first
            first = VENV / "spark-first.lock"
            first.write_text(
                without_package(SPARK_LOCK.read_text(encoding="utf-8"), "pyspark"), encoding="utf-8"
            )
            call([*pip, "-r", str(first)])
            call([*pip, "--no-binary", "pyspark", "--no-build-isolation", "-r", str(SPARK_LOCK)])
            first.unlink()
            write_stamp(**{**stamp, "spark": digest(SPARK_LOCK)})
    print("Spark 就绪：junheng region run --engine spark，junheng bench --spark。")


# --- verbs ---


#: Files of tests side by side; a file's own fixtures stay in one process.
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]

#: Cells, parsing, models and the structure of the code: under a minute.
FAST_TESTS = [
    "tests/intake/test_cells.py",
    "tests/intake/test_parse.py",
    "tests/publish/test_catalogue_checks.py",
    "tests/warehouse/test_dbt_models.py",
    "tests/warehouse/test_dbt_unit_tests.py",
    "tests/test_house.py",
]


def commands(verb: str, arguments: list[str]) -> list[list[str]]:
    """The programs behind a verb, each without the interpreter in front of it."""
    return {
        "run": [["dagster_project", "run", *(arguments or ["--sample"])]],
        "dev": [["dagster_project", "dev", *(arguments or ["--sample"])]],
        "bench": [["dagster_project", "bench", *arguments]],
        "test": [["pytest", "-m", "not slow", *PARALLEL, *arguments]],
        "test-fast": [["pytest", "-m", "not slow", *PARALLEL, *FAST_TESTS, *arguments]],
        "test-full": [["pytest", *PARALLEL, *arguments]],
        "lint": [
            ["ruff", "check", "."],
            ["ruff", "format", "--check", "."],
            ["mypy"],
            [
                "sqlfluff",
                "lint",
                "--disable-progress-bar",
                "--processes",
                "0",
                "dbt/models",
                "dbt/tests",
                "expectations",
                "dagster_project",
            ],
        ],
    }[verb]


def do(verb: str, arguments: list[str]) -> int:
    """Run every program of a verb; the first failing exit code is the answer."""
    if verb == "lint":
        codes = side_by_side(commands(verb, arguments))
    else:
        codes = [
            subprocess.run([str(PYTHON), "-m", *command], cwd=ROOT, check=False).returncode
            for command in commands(verb, arguments)
        ]
    return next((code for code in codes if code), 0)


def side_by_side(programs: list[list[str]]) -> list[int]:
    """Run programs that only read at once, and print what each said in their order; their exit codes."""
    started = [
        subprocess.Popen(
            [str(PYTHON), "-m", *program],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        for program in programs
    ]
    codes = []
    for program, process in zip(programs, started, strict=True):
        print("·", *program, flush=True)
        said, _ = process.communicate()
        print(said, end="", flush=True)
        codes.append(process.returncode)
    return codes


def clean() -> int:
    """Delete caches and dbt's build files; returns, releases and .venv/ stay."""
    names = (".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache", "dbt/target", "dbt/logs", "logs")
    caches = [ROOT / name for name in names]
    for package in ("dagster_project", "tests", "notebooks"):
        caches += (ROOT / package).rglob("__pycache__")
    for cache in caches:
        shutil.rmtree(cache, ignore_errors=True)
    return 0


def show_help() -> int:
    """List the verbs."""
    print("用法：make <命令>，或 python3 setup_environment.py <命令>（Windows 用 py）")
    for verb, meaning in VERBS.items():
        print(f"  {verb:<10} {meaning}")
    print("不带命令：只安装。--dev 连同开发工具；--wheels DIR 从文件夹离线安装。")
    return 0


def main(argv: list[str]) -> int:
    """Parse the command line, set up, do the verb; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a Chinese character shows "?" instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("verb", nargs="?", choices=VERBS)
    options, arguments = parser.parse_known_args(argv)
    verb = options.verb
    if verb == "help" or (verb is None and {"-h", "--help"} & set(arguments)):
        return show_help()
    if verb == "clean":
        return clean()
    if verb is None and arguments:
        parser.error(f"不认识的参数 unknown arguments: {' '.join(arguments)}")
    try:
        set_up(options.dev or verb in DEV_VERBS, options.wheels)
        if verb == "spark":
            set_up_spark(options.wheels)
            return 0
    except SetupError as error:
        print(f"\n安装没有完成 set-up failed\n{error}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(
            f"\n安装没有完成 set-up failed: {error}\n"
            "请关闭正在使用 .venv 的程序，确认磁盘空间和写入权限后重试。",
            file=sys.stderr,
            flush=True,
        )
        return 1
    if verb is None:
        print("环境就绪 ready: " + str(PYTHON.parent / "junheng"))
        return 0
    return do(verb, arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\n已中断；再次运行会从中断处修复。", file=sys.stderr)
        sys.exit(130)
