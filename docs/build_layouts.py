"""Writes raw_data/layouts/README.md from the fields of the layouts and of the feeds.

Run `.venv/bin/python docs/build_layouts.py` after a clause or a feed changed; `tests/docs/test_layouts_page.py` fails if
it was not.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "raw_data" / "layouts" / "README.md"
sys.path.insert(0, str(ROOT))

HEAD = """\
# 布局：别的系统的表怎样读

由 `docs/build_layouts.py` 从程序里各项的说明生成，不要手改。

别的系统导出的表不用改成我们的模板：在原始数据目录的 `layouts/` 文件夹里放一个 `.yml` 布局文件，写明靠哪些表头认出它、
每一列从哪里来。`junheng layout 文件` 先替你拟一份，其中没有把握的写作“待定”，逐处改定以前这个布局不读取；`junheng check 文件` 看读出来的结果，
`junheng run` 正式读入。

- 布局在读入任何报表之前先检查：写错、多余、互相矛盾、不起作用的每一项，都会指出文件、行号和应当怎样写。
- 布局改动之后，用它读过的文件和曾被拒收的文件下次运行时自动重读，位置不变；已经定稿的学年不重读。
- 表头、数字之外的词（如“{grade}”“合计: 全区”）里有 `: # { [ * &` 等符号时要加引号。
- 一人一行、一班一行的名册（教师、学生、班级）只汇总成人数，不保存原件和个人信息，见下面的“名册”。
- 国家教育统计报表（教基、基础基）不用写布局，见 [forms/README.md](forms/README.md)；这种表按自己的填报规则，空着就是零。

## 一个完整的例子

```yaml
layout: other_system
name_zh: 某系统学校导出表
recognised_by: [学校代码, 校名, 学生总数]
code_pattern: "[0-9]{10}"
blank: missing
missing: [88888]                  # 这套系统用 88888 表示没有数据
where:
  - {column: 层级, one_of: [学校]}  # 合计行不读
feeds:
  schools:
    columns:
      school_code: 学校代码
      school_name: 校名
      district_code: {constant: "500999"}
      town: 街道
      school_type: {column: 类别, values: {Primary: 小学, Middle: 初级中学}}
      ownership: {column: 举办者, prefixes: {民: 民办, "": 公办}}
  enrolment:
    columns:
      school_code: 学校代码
      stage: {constant: 小学}
      students: {sum: [男生数, 女生数]}
      classes: 班数
```
"""

RECIPES = """\
## 常见的表

**一行里有几个年级**：`repeat` 把一行变成几行，每组替换花括号里的词。一组的各列都空着，就没有这一行，不作为零。

```yaml
layout: grades_in_columns
name_zh: 按年级分列的表
recognised_by: [学校代码, 1年级班数]
feeds:
  class_sizes:
    columns:
      school_code: 学校代码
      stage: {constant: 小学}
      grade: {constant: "{grade}"}
      class_name: {constant: 全年级}
      students: "{grade}年级人数"
      class_count: "{grade}年级班数"
    repeat: [{grade: 1}, {grade: 2}, {grade: 3}, {grade: 4}, {grade: 5}, {grade: 6}]
```

**最大的班**：几个班合计的一行只能看出平均班额，大班看不出来（读入时会说明有多少行是这样）。表里有最大班人数的，分成两种行：

```yaml
layout: largest_class
name_zh: 有最大班人数的表
recognised_by: [学校代码, 一年级人数, 一年级班数, 一年级最大班]
feeds:
  class_sizes:
    - columns:
        school_code: 学校代码
        stage: {constant: 小学}
        grade: {constant: 1}
        class_name: {constant: 最大的班}
        students: 一年级最大班
      where: [{column: 一年级班数, none_of: [0, ""]}]
    - columns:
        school_code: 学校代码
        stage: {constant: 小学}
        grade: {constant: 1}
        class_name: {constant: 其余各班}
        students: {difference: [一年级人数, 一年级最大班]}
        class_count: {difference: [一年级班数, 1]}
      where: [{column: 一年级班数, none_of: [0, 1, ""]}]
```

**几个学年在一张表里**，别国的写法，平均数：

```yaml
layout: several_years
name_zh: 多年表
recognised_by: [Ano, UF, Escola]
school_year: {column: Ano, add: 0}
code_pattern: "[0-9]{2}-[0-9]+"
decimal: ","                       # 1.234,5 是一千二百三十四点五
heading_rows: 2                    # 表头下面还有一行字段代码
feeds:
  enrolment:
    columns:
      school_code: {joined: [UF, Escola], separator: "-"}
      stage: {column: Etapa, values: {Fundamental: 小学}}
      students: {product: [Alunos por turma, Turmas]}
      classes: Turmas
```

**名册**：学籍系统、教师系统导出的表一行是一个人（或一个班）。写了 `roster`，各行按学校、学段等汇总：属于报表“必需”的列照常写来源，
其余的列写 `count`（有几行）或 `total`（一列的合计），`where` 说明哪些行算数。例子是
[teacher_roster.yml](teacher_roster.yml)、[pupil_roster.yml](pupil_roster.yml)、[class_roster.yml](class_roster.yml)，
表头是常见的写法，请按所用系统的导出表核对。

```yaml
layout: short_teacher_roster
name_zh: 教师名册
recognised_by: [姓名, 身份证件号, 学校标识码, 任教学段]
roster: {row: 教师, number: 身份证件号}
feeds:
  staffing:
    columns:
      school_code: 学校标识码
      stage: 任教学段
      full_time_teachers:
        count: rows
        where: [{column: 岗位类别, one_of: [专任教师]}]
      pe_teachers:
        count: rows
        where: [{column: 任教学科, one_of: [体育]}]
```

- 姓名、身份证号、学籍号等列不能读入；身份证号只可以写在 `roster` 的 `number` 里，在读入时认出重复的人，不写到任何地方。
- 同一人在同一学校、同一学段列了两行，只计先出现的一行；列在两所学校或两个学段，两处都计入，并指出行号请核实。
- 含名册的文件，原始文件库不保存原件，只保存校验值和汇总后的各行；重建、核对、备份都用这些行。布局改动后重读，用的是原始数据目录里的原件。
- 名册的布局和各类报表下的 `where` 决定一行算不算：写了 `one_of` 的，两处都没有的词（空格也是）不知道算不算，逐行列出，
  该校由这份名册得出的数都不采用；请把不算的词写进 `none_of`。只写 `none_of` 的，别的词都算。几种行里有一种取它，就算写明了。
- 一班一行的写 `row_of: class_sizes`：同一个班列了两行，该校不采用。合计、小计的行不读，并说明。
- 不能计入的行（学校代码不对、学段空着）只指出工作表、行号和列，不显示单元格的内容。
- 没有布局的名册（表头有姓名、身份证号等）拒收，也不存入原始文件库。
"""

FOUND = """\
## 读入时会说明什么

| 情形 | 怎样处理 |
|---|---|
| 用到的表头出现两次 | 整张表不读，指出两处；上一行有分组的写“组>表头” |
| 表头差几个 | 指出与哪个布局相近、缺哪些表头 |
| `where` 没有留下任何行 | 整张表不读，列出那一列里实际有的词 |
| 词不在 `values`、`prefixes` 里 | 有 `default` 的按它读并逐个列出；没有的，该行（选填列只是该格）不采用 |
| 选填的格写错（如坐标） | 只有这一格按没有数据处理，该行照常采用 |
| 必填的格空着 | 逐格列出 |
| 乘除得出的人数不是整数 | 四舍五入并说明 |
| 名册汇总 | 说明共几行、计入几行、汇总成几行；不能计入的行、重复的人、布局没有写的词，只列行号和列 |
| 一行是几个班的合计 | 说明有多少行、多少个班是平均数 |
"""

PARTS = {
    "Layout": "整个布局",
    "LayoutFeed": "feeds 里的每一类报表",
    "Source": "columns 里每一列的来源",
    "Reading": "格怎样写（布局、报表类、列三处都能写，近的算数）",
    "Condition": "where 里的每一条",
    "Roster": "roster",
    "SchoolYear": "school_year",
}


def page() -> str:
    """Text of the page."""
    from dagster_project.intake.feeds import load_feeds
    from dagster_project.intake.parse import layouts

    lines = [HEAD]
    shared = set(layouts.Reading.model_fields)
    for name, title in PARTS.items():
        fields = getattr(layouts, name).model_fields
        own = {n: f for n, f in fields.items() if name == "Reading" or n not in shared}
        lines += [f"## {title}", "", "| 写法 | 不写时 | 说明 |", "|---|---|---|"]
        lines += [f"| `{n}` | {_default(f)} | {_cell(f.description)} |" for n, f in own.items()]
        lines.append("")
    lines += [RECIPES, FOUND, "## 各类报表的列", ""]
    lines.append("“必需”的列每个布局都要写；“必填”的列可以不写，写了以后空着的格会逐个列出。")
    for feed in load_feeds().values():
        lines += ["", f"### `{feed.feed}` {feed.name_zh}", "", "| 列 | 中文 | 内容 |", "|---|---|---|"]
        for column in feed.columns:
            needed = "必需" if column.name in feed.key_columns else "必填" if column.required else ""
            needed = f"{column.since} 学年起{needed}" if column.since else needed
            words = [needed, column.unit_zh, " ".join(column.choices), column.note_zh]
            lines.append(
                f"| `{column.name}` | {column.heading_zh} | {_cell('；'.join(w for w in words if w))} |"
            )
    return "\n".join(lines) + "\n"


def _default(field: Any) -> str:
    if field.is_required():
        return "必写"
    value = field.get_default(call_default_factory=True)
    return f"`{value}`" if value not in (None, (), {}, "") else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
