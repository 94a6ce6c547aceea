# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 自由查询
# 版本里有哪些表、每一列是什么；怎样用 SQL 查、用 pandas 接着算、画图、存成 Excel 能打开的 CSV。

# %%
from dagster_project.explore import current_release, show
from dagster_project.publish import charts

release = current_release()
about = release.description
print(f"版本 {release.release_id}，截至 {about['as_of']}")
if about["is_synthetic"]:
    print("数据是合成的示例，不是任何真实学校的。")

# %% [markdown]
# ## 有哪些表

# %%
release.show(release.tables().rename(columns={"table": "表", "label_zh": "内容", "rows": "行数"}))

# %% [markdown]
# ## 一张表的各列

# %%
release.show(
    release.columns("fct_district_class_sizes").rename(
        columns={"column": "列", "label_zh": "含义", "type": "类型"}
    )
)

# %% [markdown]
# ## 用 SQL 查
# 表名直接写；`?` 处的值放在第二个参数里。`release.show` 把列名和代码换成中文再显示；要中文的数据框，用 `release.in_chinese`。

# %%
sizes = release.query(
    """
    select
        classes.stage,
        schools.town,
        count(*) as 班数,
        round(avg(classes.students), 1) as 平均班额,
        max(classes.students) as 最大班额
    from fct_classes as classes
    inner join dim_schools as schools
        on classes.school_code = schools.school_code and classes.school_year = schools.school_year
    where classes.school_year = ? and classes.stage = ? and classes.students is not null
    group by classes.stage, schools.town
    order by 平均班额 desc, schools.town
    """,
    [release.school_year, "primary"],
)
release.show(sizes, decimals=1)

# %%
standard = release.query(
    "select threshold from dim_standards where measure = 'standard_size' and stage = 'primary' and is_judged"
    " order by valid_from desc limit 1"
)["threshold"].iloc[0]
show(
    charts.bars_against_limit(
        sizes.head(15), "town", "平均班额", standard, value_title="平均班额（人）", decimals=1
    )
)

# %% [markdown]
# ## 用 pandas 接着算

# %%
schools = release.table("dim_schools", school_year=release.school_year)
counts = schools.groupby(["school_type", "ownership"]).size().rename("所数").reset_index()
release.show(counts)

# %% [markdown]
# ## 带走
# `utf-8-sig` 让 Excel 和 WPS 直接认出中文。去掉下一格的井号再运行，文件存在笔记本旁边。

# %%
# release.in_chinese(sizes).to_csv("各镇街平均班额.csv", index=False, encoding="utf-8-sig")
