"""The form on what a school is, in both of its shapes: one item a row, or names and codes under their headings."""

from __future__ import annotations

from dagster_project.sample.district import Row

#: Kind of school in the returns' words → its name in the forms, where that is another.
_KINDS = {"教学点": "小学教学点", "中等职业学校": "职业高中学校", "特殊教育学校": "其他特教学校"}
_COUNTY = "示例市示例区"


def _facts(register: Row) -> dict[str, str]:
    is_private = register["ownership"] == "民办"
    return {
        "code": register["school_code"],
        "name": register["school_name"],
        "address": f"{_COUNTY}{register['town']}学苑路1号",
        "town_code": f"{register['district_code']}101201",
        "urban_code": str(register.get("urban_rural_code") or ""),
        "authority": f"{_COUNTY}教育局",
        "authority_code": f"{register['district_code']}000000",
        "kind": _KINDS.get(register["school_type"], register["school_type"]),
        "founder": "民办" if is_private else "县级教育部门",
        "founder_code": "999" if is_private else "841",
    }


def items_of_basics(register: Row) -> list[tuple[str, str]]:
    """Items of 教基1001 and what stands beside them."""
    facts = _facts(register)
    return [
        ("学校（机构）标识码", facts["code"]),
        ("学校（机构）名称", facts["name"]),
        ("学校（机构）地址", facts["address"]),
        ("学校（机构）地址代码", facts["town_code"]),
        ("学校（机构）驻地城乡类型代码", facts["urban_code"]),
        ("学校（机构）属地管理教育行政部门", facts["authority"]),
        ("学校（机构）属地管理教育行政部门代码", facts["authority_code"]),
        ("学校（机构）举办者", facts["founder"]),
        ("学校（机构）举办者代码", facts["founder_code"]),
        ("学校（机构）办学类型", facts["kind"]),
    ]


def cards_of_basics(register: Row, school_year: int) -> dict[tuple[int, int], str]:
    """Texts of 基础基111 by row and column, each counted from 0."""
    facts = _facts(register)
    return {
        (1, 1): "基础教育学校（机构）统计调查表",
        (2, 1): f"（{school_year} /{school_year + 1} 学年初）",
        (4, 1): "基础基111",
        (5, 1): "学校标识码", (5, 3): "学校（机构）名称（章）",
        (6, 1): facts["code"], (6, 3): facts["name"],
        (8, 3): "学校（机构）地址", (8, 6): "学校（机构）所在地城乡类型", (8, 7): "学校（机构）属地管理教育行政部门",
        (9, 1): "名称", (9, 3): facts["address"], (9, 7): facts["authority"],
        (10, 1): "代码", (10, 3): facts["town_code"], (10, 6): facts["urban_code"], (10, 7): facts["authority_code"],
        (12, 3): "学校（机构）办学类型", (12, 4): "学校（机构）举办者",
        (13, 1): "名称", (13, 3): facts["kind"], (13, 4): facts["founder"],
        (14, 1): "代码", (14, 4): facts["founder_code"],
    }  # fmt: skip
