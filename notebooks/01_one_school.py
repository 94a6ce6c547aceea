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
# # 一所学校对照标准
# 一所学校的七项资源配置指标：值是多少、标准是多少、还差多少；以及全区差距最大的十个。
# 数据来自生效的版本，只读打开。

# %%
import os

import altair as alt
import duckdb
from IPython.display import display

from dagster_project.publish.labels import MISSING_ZH, STATUS_ZH
from dagster_project.settings import PROJECT_ROOT, SAMPLE_HOME, Home

home = Home(PROJECT_ROOT / os.environ.get("JUNHENG_HOME", str(SAMPLE_HOME)))
school_code = None  # 学校标识码，如 "5001150001"；None = 最低一项离标准最远的学校
stage = "primary"  # primary 小学，junior_secondary 初中

alt.renderers.enable("svg")  # 在本机画图，不需要网络

# %%
release = home.current_dir()
if release is None:
    raise SystemExit(f"{home.root} 还没有发布过版本，请先运行 make run 或 junheng run。")
connection = duckdb.connect(str(release / "marts.duckdb"), read_only=True)
connection.execute("use marts.marts")  # 数据库和 schema 同名，写全后面才能直接用表名
school_year = connection.execute("select max(school_year) from fct_school_compliance").fetchone()[0]
print(f"版本 {release.name}，{school_year} 学年")

# %% [markdown]
# ## 结论

# %%
verdicts = connection.execute(
    """
    select
        schools.school_code,
        schools.name_zh as 学校,
        schools.town as 镇街,
        verdicts.students as 学生数,
        verdicts.indicators_met as 达标项,
        verdicts.indicators_available as 可评项,
        round(verdicts.lowest_ratio, 3) as 最低一项与标准之比,
        verdicts.status as 结论,
        verdicts.reason_zh as 理由
    from fct_school_compliance as verdicts
    inner join dim_schools as schools
        on verdicts.school_code = schools.school_code and verdicts.school_year = schools.school_year
    where verdicts.school_year = ? and verdicts.stage = ? and verdicts.status != 'out_of_scope'
    order by verdicts.lowest_ratio asc nulls last, schools.school_code
    """,
    [school_year, stage],
).df()
verdicts["结论"] = verdicts["结论"].map(STATUS_ZH)
chosen = school_code or verdicts["school_code"].iloc[0]
display(verdicts[verdicts["school_code"] == chosen].T)

# %% [markdown]
# ## 逐项对照
# “还差”是学校申报总量最少要增加多少才达标：教师和教室为整数，面积为㎡，设备为元。
# 没有值的指标是缺报或被隔离，不是零。

# %%
figures = connection.execute(
    """
    select
        indicators.label_zh as 指标,
        figures.value as 值,
        figures.threshold as 标准,
        figures.ratio as 与标准之比,
        figures.status as 状态,
        figures.missing_reason as 缺的原因,
        figures.gap_to_threshold as 还差,
        figures.source_total as 申报总量
    from fct_school_indicators as figures
    inner join dim_indicators as indicators
        on figures.indicator_code = indicators.indicator_code
    where figures.school_year = ? and figures.stage = ? and figures.school_code = ?
        and figures.threshold is not null
    order by figures.ratio asc nulls last
    """,
    [school_year, stage, chosen],
).df()
figures["状态"] = figures["状态"].map(STATUS_ZH)
figures["缺的原因"] = figures["缺的原因"].map(MISSING_ZH).fillna("")
display(figures.round(3))

# %% [markdown]
# 实线是标准，虚线是标准的 85%：至少六项达到实线，且每一项都不低于虚线，学校才算达标。

# %%
name = verdicts.loc[verdicts["school_code"] == chosen, "学校"].iloc[0]
bars = (
    alt.Chart(figures.dropna(subset=["与标准之比"]), title=f"{name}：各项与标准之比", width=420)
    .mark_bar()
    .encode(
        x=alt.X("与标准之比:Q", axis=alt.Axis(format="%")),
        y=alt.Y("指标:N", sort="x", title=None, axis=alt.Axis(labelLimit=260)),
        color=alt.condition("datum['与标准之比'] >= 1", alt.value("#4c78a8"), alt.value("#e45756")),
    )
)
limits = alt.Chart(alt.Data(values=[{"limit": 1.0, "dash": "1"}, {"limit": 0.85, "dash": "0.85"}]))
rules = limits.mark_rule().encode(
    x=alt.X("limit:Q", title="与标准之比"),
    strokeDash=alt.StrokeDash("dash:N", legend=None, sort=["1", "0.85"]),
)
display(bars + rules)

# %% [markdown]
# ## 差距最大的十个

# %%
display(verdicts.drop(columns="school_code").head(10))

# %%
connection.close()
