"""What reading found: each finding names a rule of findings.yml, which holds its severity and its texts.

Code that reports a finding gives the rule's code, the place, and the words that fill the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dagster_project.core.declarations import read_declaration
from dagster_project.core.privacy import mask_personal_numbers

FINDINGS_FILE = Path(__file__).parent / "findings.yml"

#: A note is no problem: it says how something was read that isn't written as asked for.
Severity = Literal["reject_file", "quarantine_row", "hold", "warn", "note"]
#: A text with `{words}` to fill in; a rule with several texts has one per case.
Template = str | dict[str, str]


class Rule(BaseModel):
    """One rule of reading; findings.yml describes the fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Severity
    name_zh: str
    text_zh: str
    passes_zh: str
    fails_zh: str
    message_zh: Template = ""
    wanted_zh: Template = ""


class CellRule(BaseModel):
    """What all findings about a cell that can't be used share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Severity
    message_zh: str
    #: Message where the other cells of the row can be used.
    blank_message_zh: str
    #: Added where a code that can't be read stands beside, or is, the name of one registered school: its name and code.
    offered_code_zh: str


class Unchecked(BaseModel):
    """Something that no rule here can find, and who can."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text_zh: str
    who_zh: str


class Rules(BaseModel):
    """The whole of findings.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: str
    rule_class: str = Field(alias="class")
    cell: CellRule
    #: What ends the problem of a file that was refused as a whole.
    settled_zh: str
    rules: dict[str, Rule]
    cannot_check: tuple[Unchecked, ...]


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """The rules of findings.yml.

    Raises:
        UserError: the file is wrong; see `read_declaration`.
    """
    return read_declaration(FINDINGS_FILE, Rules)


@dataclass
class Problem:
    """One line of the problem list: about a file, a sheet or a cell.

    Personal numbers are masked in every text.

    Attributes:
        part: group of the row where a layout makes several rows of one, from 0.
        row_number: row in the sheet, from 1.
        column_name: English name of the feed's column.
        cell: address such as `B17`.
        value: text of the cell; empty for pay.
    """

    severity: str
    rule_class: str
    rule_code: str
    message_zh: str
    sheet: str = ""
    feed: str = ""
    part: int = 0
    row_number: int | None = None
    column_name: str = ""
    column_zh: str = ""
    cell: str = ""
    value: str = ""
    school_code: str = ""
    school_name: str = ""

    def __post_init__(self) -> None:
        for name in ("message_zh", "sheet", "column_zh", "value", "school_name"):
            setattr(self, name, mask_personal_numbers(getattr(self, name)))


class RejectedFile(Exception):
    """The file as a whole can't be used.

    Args:
        rule_code: code of a rule of findings.yml.
        case: which of the rule's messages, if it has several.
        words: what fills the message.
    """

    def __init__(self, rule_code: str, case: str = "", /, **words: object) -> None:
        self.rule_code = rule_code
        self.message_zh = message_of(rule_code, case, **words)
        #: True if a sheet with a row per person was met before the file was refused.
        self.has_persons = False
        super().__init__(self.message_zh)

    @classmethod
    def with_message(cls, rule_code: str, message_zh: str, has_persons: bool = False) -> RejectedFile:
        """The same with a message that was written before, in another process or an earlier run."""
        error = cls.__new__(cls, message_zh)
        error.rule_code, error.message_zh, error.has_persons = rule_code, message_zh, has_persons
        return error

    def as_problem(self) -> Problem:
        """Its line in the problem list."""
        return written_problem("reject_file", self.rule_code, self.message_zh)


def message_of(rule_code: str, case: str = "", /, **words: object) -> str:
    """Message of a rule, filled.

    Raises:
        KeyError: unknown rule, case or word.
    """
    return _filled(load_rules().rules[rule_code].message_zh, case, words)


def wanted_of(rule_code: str, case: str = "", /, **words: object) -> str:
    """What a rule about a cell expects there, filled.

    Raises:
        KeyError: unknown rule, case or word.
    """
    return _filled(load_rules().rules[rule_code].wanted_zh, case, words)


def _filled(template: Template, case: str, words: dict[str, object]) -> str:
    text = template if isinstance(template, str) else template[case]
    return text.format_map(words) if "{" in text else text


def problem(
    rule_code: str,
    case: str = "",
    /,
    *,
    sheet: str = "",
    feed: str = "",
    part: int = 0,
    row_number: int | None = None,
    column_name: str = "",
    column_zh: str = "",
    cell: str = "",
    value: str = "",
    school_code: str = "",
    school_name: str = "",
    **words: object,
) -> Problem:
    """A line of the problem list.

    Args:
        rule_code: code of a rule of findings.yml.
        case: which of the rule's messages, if it has several.
        sheet: place of the finding, as far as it is known; the other fields of `Problem` likewise.
        words: what fills the message, besides `{column_zh}` and `{cell}`.
    """
    rules = load_rules()
    rule = rules.rules[rule_code]
    place = {"column_zh": column_zh, "cell": cell, "school_code": school_code}
    message = _filled(rule.message_zh, case, {**place, **words})
    return Problem(
        rule.severity, rules.rule_class, rule_code, message, sheet, feed, part, row_number,
        column_name, column_zh, cell, value, school_code, school_name,
    )  # fmt: skip


def cell_problem(
    rule_code: str,
    wanted_zh: str,
    *,
    sheet: str,
    feed: str,
    part: int,
    row_number: int,
    column_name: str,
    column_zh: str,
    cell: str,
    value: str,
    school_code: str,
    school_name: str,
    keeps_row: bool = False,
) -> Problem:
    """A line of the problem list about a cell that can't be used.

    Args:
        rule_code: code of a rule of findings.yml.
        wanted_zh: what was expected, from `wanted_of`.
        value: text of the cell, empty where it may not be shown; the other fields are those of `Problem`.
        keeps_row: only the cell is left blank; otherwise its whole row is put aside.
    """
    rules = load_rules()
    shown = f"“{value}”" if value else ""
    template = rules.cell.blank_message_zh if keeps_row else rules.cell.message_zh
    message = template.format(column_zh=column_zh, shown=shown, wanted_zh=wanted_zh)
    return Problem(
        "warn" if keeps_row else rules.cell.severity, rules.rule_class, rule_code, message, sheet, feed, part, row_number,
        column_name, column_zh, cell, value, school_code, school_name,
    )  # fmt: skip


def written_problem(
    severity: Severity,
    rule_code: str,
    message_zh: str,
    *,
    sheet: str = "",
    feed: str = "",
    school_code: str = "",
) -> Problem:
    """A line of the problem list whose message was written before: the record keeps messages as they were."""
    return Problem(
        severity, load_rules().rule_class, rule_code, message_zh, sheet, feed, school_code=school_code
    )
