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
# # 如果标准改变，谁的结论会变
# 把一项标准改成别的数（例如征求意见稿里的数），按同样的规则重新判断：哪些学校由达标变为未达标，哪些相反；
# 再看标准从低到高，达标学校数怎样下降。
# 这里只是试算，不改动版本里的任何数；正式采用新标准，请在 `dbt/seeds/standards.csv` 里结束旧行、加一行新的。

# %%
import pandas as pd

from dagster_project.explore import current_release, judge_again, show
from dagster_project.publish import charts
from dagster_project.publish.labels import STATUS_ZH

stage = "primary"  # primary 小学，junior_secondary 初中
indicator = "sports_area_m2_per_student"  # 指标代码，见下面第一张表
new_threshold = 8.5  # 试算的标准，单位同指标

release = current_release()
year = release.school_year
figures = release.table("fct_school_indicators", school_year=year, is_judged=True)
standards = release.query(
    """
    select distinct
        figures.stage,
        figures.indicator_code,
        indicators.label_zh as 指标,
        indicators.unit_zh as 单位,
        figures.threshold as 标准
    from fct_school_indicators as figures
    inner join dim_indicators as indicators on figures.indicator_code = indicators.indicator_code
    where figures.school_year = ? and figures.is_judged and figures.threshold is not null
    order by figures.stage desc, figures.indicator_code
    """,
    [year],
)
release.show(standards.rename(columns={"indicator_code": "指标代码"}))

# %% [markdown]
# ## 规则先对一遍
# “至少几项达标”和“单项不低于标准的百分之几”取自版本里的标准。标准不变时，试算的结论必须与版本里的逐校相同，否则下面的都不可信。

# %%
phrases = release.phrases(year)
stages = figures["stage"].unique()
directions = release.table("dim_indicators").set_index("indicator_code")["direction"]
rule = {
    "indicators_needed": {s: phrases.indicators_needed(s) for s in stages},
    "floor_ratio": {s: phrases.floor_ratio(s) for s in stages},
    "maxima": set(directions[directions == "at_most"].index),
}

key = ["school_year", "school_code", "stage"]
published = release.table("fct_school_compliance", school_year=year)[[*key, "status"]]
unchanged = judge_again(figures, **rule).merge(
    published, on=key, how="outer", suffixes=("_again", "_published")
)
assert (unchanged["status_again"] == unchanged["status_published"]).all(), "试算规则与版本不一致"
print(f"{len(unchanged)} 个学校学段，结论全部一致")

# %% [markdown]
# ## 谁的结论会变

# %%
chosen = (figures["stage"] == stage) & (figures["indicator_code"] == indicator) & figures["threshold"].notna()
if not chosen.any():
    raise SystemExit(f"这一学段没有指标 {indicator}，请从上表选一个。")
old_threshold = float(figures.loc[chosen, "threshold"].iloc[0])
trial = figures.copy()
trial.loc[chosen, "threshold"] = new_threshold
again = judge_again(trial, **rule)
flips = again.merge(published, on=key, suffixes=("_new", "_old"))
flips = flips[flips["status_new"] != flips["status_old"]]
values = figures.loc[chosen, [*key, "value"]]
schools = release.table("dim_schools", school_year=year)[["school_code", "name_zh", "town"]]
flips = flips.merge(values, on=key).merge(schools, on="school_code").sort_values(["value", "school_code"])
for side in ("old", "new"):
    flips[f"status_{side}"] = flips[f"status_{side}"].map(STATUS_ZH)
label = standards.loc[standards["indicator_code"] == indicator, "指标"].iloc[0]
unit = standards.loc[standards["indicator_code"] == indicator, "单位"].iloc[0]
print(f"{label}：标准由 {old_threshold:g} 改为 {new_threshold:g}（{unit}），{len(flips)} 所学校的结论会变")
columns = {"value": "值", "status_old": "现行标准下", "status_new": "试算标准下"}
release.show(flips[["name_zh", "town", *columns]].rename(columns=columns))

# %% [markdown]
# ## 各校的分布

# %%
show(
    charts.histogram_with_limit(
        figures[chosen], "value", new_threshold, value_title=unit, count_title="学校数",
        direction=directions[indicator], limit_label="试算标准",
    )
)  # fmt: skip

# %% [markdown]
# ## 标准从低到高
# 其余各项不变，只动这一项。

# %%
rows = []
for share in (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5):
    trial.loc[chosen, "threshold"] = old_threshold * share
    statuses = judge_again(trial, **rule)
    statuses = statuses.loc[statuses["stage"] == stage, "status"]
    rows.append(
        {
            "标准": f"{old_threshold * share:.2f}",
            "达标学校": int((statuses == "compliant").sum()),
            "线": "达标学校",
        }
    )
show(
    charts.lines_by_period(
        pd.DataFrame(rows),
        "标准",
        "达标学校",
        "线",
        value_title="所",
        period_title=f"标准（{unit}）",
        decimals=0,
    )
)
