"""A unit is a base and a word that multiplies it; one that isn't known stops the sheet where it would matter."""

from __future__ import annotations

from tests.intake.test_sheets_as_sent import AREA, AREAS, EAST, PUPILS, Row, codes, column, problems, read

#: What 755 in such a unit is in 10,000 yuan, and 18 in square metres.
MONEY = {
    "元": 0.0755,
    "十元": 0.755,
    "佰元": 7.55,
    "人民币千元": 75.5,
    "k元": 75.5,
    "千人民币": 75.5,
    "千": 75.5,
    "元整": 0.0755,
    "千元（人民币）": 75.5,
    "人民币（千元）": 75.5,
    "万": 755,
    "十万": 7550,
    "十万元": 7550,
    "百万": 75500,
    "千万元": 755000,
}
AREAS_OF_18 = {
    "平米": 18,
    "十平方米": 180,
    "百㎡": 1800,
    "千平米": 18000,
    "万平米": 180000,
    "公亩": 1800,
    "百亩": 1200000,
    "米²": 18,
}


def table(equipment: float, area: float) -> list[Row]:
    return [AREAS, [AREA[0], area, area, area, equipment, *AREA[5:]]]


def test_each_base_is_multiplied_by_each_word_before_it() -> None:
    for unit, expected in MONEY.items():
        for rows in ([[f"单位：{unit}"], *table(755, 1800)], [*table(755, 1800), ["", f"（单位：{unit}）"]]):
            assert column(read(rows), "equipment_10k_yuan") == [expected], rows
    for unit, expected in AREAS_OF_18.items():
        assert column(read([[f"单位：{unit}"], *table(75, 18)]), "teaching_area_m2") == [expected], unit


def test_an_unknown_unit_stops_the_sheet_with_a_question() -> None:
    for unit in ("英镑", "港币", "万美元", "平方尺", "万平", "人、欧元"):
        for rows in (
            [[f"单位：{unit}"], *table(755, 18)],
            [["计量单位：", unit], *table(755, 18)],
            [*table(755, 18), [f"（金额单位：{unit}）"]],
        ):
            parsed = read(rows)
            assert codes(parsed, "reject_file") == {"UNKNOWN_UNIT"}, rows
            (found,) = (p for p in problems(parsed) if p.rule_code == "UNKNOWN_UNIT")
            assert unit.rpartition("、")[2] in found.message_zh and "换算成" in found.message_zh


def test_what_follows_the_label_of_a_unit_is_understood_or_asked_about_and_no_figure_of_each_pupil_is_a_total() -> (
    None
):
    """755 is in 10,000 yuan; None where the sheet asks."""
    behind_labels = {
        "币种：人民币 单位：千元": 75.5, "币种：人民币 单位：千 元": 75.5, "计价：千元": 75.5, "币种：人民币": 755, "（千）": 75.5,
        "币种：美元 单位：千元": None, "计价：英镑": None, "（英镑）": None, "（元/生）": None, "单位：元（生均）": None, "单位：人、坪": None,
        "金额：英镑": None, "金额：K": None, "金额：元/生": None, "以英镑计": None, "表中金额以百计": None, "表中金额以千元计": 75.5,
        **dict.fromkeys([f"单位：{u}" for u in ("十", "百", "K", "坪", "方", "块", "分", "元/生", "百元/生", "元/人·年", "万元 / 年", "元每生",
           "元/亩", "英石")]),
    }  # fmt: skip
    below = {"千": 75.5, "元": 0.0755, "英镑": None, "百": None, "元/生": None}
    at_heading = {"千": 75.5, "K": None, "元/生": None, "百元每人": None}
    money = AREAS.index("教学仪器设备值")
    sheets = [([[line], *table(755, 18)], expected) for line, expected in behind_labels.items()]
    for word, expected in below.items():
        units: Row = ["", "㎡", "㎡", "㎡", word, "", "", ""]
        sheets.append(([AREAS, units, table(755, 18)[1]], expected))
    for word, expected in at_heading.items():
        heading = [*AREAS[:money], f"教学仪器设备值（{word}）", *AREAS[money + 1 :]]
        sheets.append(([heading, table(755, 18)[1]], expected))
    for rows, expected in sheets:
        parsed = read(rows)
        asks = codes(parsed, "reject_file") & {"UNKNOWN_UNIT", "MISSING_COLUMN"}
        read_as = [] if expected is None else [expected]
        assert (column(parsed, "equipment_10k_yuan"), bool(asks)) == (read_as, expected is None), rows[:2]


def test_a_unit_known_at_the_heading_needs_no_line_and_a_name_is_no_unit() -> None:
    headings: Row = [
        f"{h}（㎡）" if "面积" in h else f"{h}（万元）" if h.endswith("设备值") else h for h in AREAS
    ]
    assert column(read([["单位：英镑"], headings, AREA]), "equipment_10k_yuan") == [755000]
    for line in (
        "填报单位：八里",
        "单位：千山镇",
        "单位（盖章）",
        "单位：东镇小学",
        "单位：所、班、人",
        "单位：米、件、节",
        "单位：三小",
        "单位：（公章）",
        "单位：____",
    ):
        assert column(read([[line], *table(755, 18)]), "equipment_10k_yuan") == [755], line


def test_heads_in_tens_and_more_are_asked_about_and_units_of_no_column_are_not() -> None:
    for unit in ("十人", "百名", "千人", "万人"):
        assert codes(read([[f"（单位：{unit}）"], PUPILS, [*EAST, 4]]), "reject_file") == {
            "UNIT_OF_OTHER_KIND"
        }
    for unit in ("英镑", "千元", "百平方米"):
        assert column(read([[f"（单位：{unit}）"], PUPILS, [*EAST, 400]]), "students") == [400]
