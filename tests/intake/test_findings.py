"""findings.yml is the one home of what reading finds: each rule there is reported somewhere, each report has a rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from dagster_project.core.homes import PROJECT_ROOT
from dagster_project.intake.findings import RejectedFile, Template, load_rules, problem
from dagster_project.publish.returned import feedback

#: Rooms that report by these rules: reading, and the codes that the record looks up.
ROOMS = [PROJECT_ROOT / "dagster_project" / room for room in ("intake", "record")]
#: Functions whose first argument is a rule's code and whose second, if it is a text, one of its cases.
MESSAGES = {"problem", "RejectedFile", "message_of", "cell"}
WANTED = {"Fault", "wanted_of"}
#: Cases that are no literal where they are used: chosen by a table or by a caller.
CHOSEN_CASES = {
    ("CSV_SEPARATOR", "tab"),
    ("CSV_SEPARATOR", "semicolon"),
    ("CSV_SEPARATOR", "wide_comma"),
    ("CSV_SEPARATOR", "wide_semicolon"),
    ("CSV_SEPARATOR", "bar"),
    ("BAD_CODE", "school"),
    ("BAD_CODE", "district"),
    ("BAD_CODE", "layout"),
    ("NIL_RETURN_INCOMPLETE", "school"),
    ("NIL_RETURN_INCOMPLETE", "district"),
    ("NIL_RETURN_INCOMPLETE", "month"),
    ("NIL_RETURN_INCOMPLETE", "unregistered"),
    ("PASSED_OVER", "heading"),
    ("PASSED_OVER", "numbering"),
    ("PASSED_OVER", "example"),
    ("PASSED_OVER", "note"),
    ("PASSED_OVER", "total"),
    ("PASSED_OVER", "unfilled"),
    ("PASSED_OVER", "unconfirmed"),
}


def texts_of(node: ast.expr) -> list[str]:
    """Texts that an expression may have: a literal, or either branch of a choice."""
    if isinstance(node, ast.IfExp):
        return texts_of(node.body) + texts_of(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def reported(source: str) -> Iterator[tuple[str, str, str]]:
    """Field of the text (message_zh, wanted_zh), code and case of each report in a module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "Assumed":  # its rule is the second argument, and has one text
            yield from (("message_zh", code, "") for code in texts_of(node.args[1]))
        field = "message_zh" if name in MESSAGES else "wanted_zh" if name in WANTED else ""
        for code in texts_of(node.args[0]) if field else []:
            cases = texts_of(node.args[1]) if len(node.args) > 1 else [""]
            yield from ((field, code, case) for case in cases or [""] if code.isupper())


def modules() -> list[Path]:
    return [path for room in ROOMS for path in room.rglob("*.py")]


def reports() -> set[tuple[str, str, str]]:
    return {found for path in modules() for found in reported(path.read_text(encoding="utf-8"))}


def cases_of(template: Template) -> set[str]:
    return set(template) if isinstance(template, dict) else {""} if template else set()


def test_every_rule_has_a_name() -> None:
    codes = {code for _, code, _ in reports()}
    assert codes
    assert codes <= set(feedback.rule_names())


def test_each_rule_is_reported_by_some_code_and_each_report_has_a_rule() -> None:
    assert {code for _, code, _ in reports()} == set(load_rules().rules)


def test_each_text_of_a_rule_is_used_and_each_case_used_has_a_text() -> None:
    written = {
        (field, code, case)
        for code, rule in load_rules().rules.items()
        for field in ("message_zh", "wanted_zh")
        for case in cases_of(getattr(rule, field))
    }
    by_choice = {(field, code, case) for field, code, case in written if (code, case) in CHOSEN_CASES}
    assert {(c, case) for _, c, case in by_choice} == CHOSEN_CASES
    literal = {(f, c, case) for f, c, case in reports() if (c, case) not in CHOSEN_CASES}
    assert literal - {(f, c, "") for f, c, _ in by_choice} == written - by_choice


def test_a_report_that_names_no_rule_or_lacks_a_word_is_noticed() -> None:
    assert set(reported('raise RejectedFile("A_CODE", "x" if wide else "y", row=1)')) == {
        ("message_zh", "A_CODE", "x"),
        ("message_zh", "A_CODE", "y"),
    }
    with pytest.raises(KeyError):
        problem("NO_SUCH_RULE")
    with pytest.raises(KeyError):
        RejectedFile("FILE_TOO_LARGE")


def test_no_chinese_message_is_typed_where_a_finding_is_reported() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if isinstance(node, ast.Call) and name in {*MESSAGES, *WANTED, "Problem"}:
                typed = [
                    n.value
                    for argument in node.args
                    for n in ast.walk(argument)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str) and not n.value.isascii()
                ]
                assert not typed, f"{path.name}:{node.lineno} {typed}"


def test_places_fill_messages_and_braces_are_words() -> None:
    for code, rule in load_rules().rules.items():
        for template in (rule.message_zh, rule.wanted_zh):
            for text in [template] if isinstance(template, str) else template.values():
                words = [word for _, word, _, _ in Formatter().parse(text) if word is not None]
                assert all(word.isidentifier() for word in words), code
    found = problem("WIDE_DIGITS", column_zh="在校生数", cell="D2", count=3)
    assert found.message_zh.startswith("“在校生数”有 3 处全角数字（如 D2）")
    assert (found.severity, found.rule_class) == ("warn", "format")
