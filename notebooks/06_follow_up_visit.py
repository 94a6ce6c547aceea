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
# # 整改回访
# 回访前看四件事：某一天每条措施是什么状态；已销号的凭什么销号；哪些销号后又退回；谁还欠报表。
# 用的是本版本所知道的数：版本之后才报来的，不在内。

# %%
import pandas as pd

from dagster_project.core.numbers import printed
from dagster_project.explore import current_release, show
from dagster_project.publish import charts

visited_on = None  # 看哪一天，如 "2025-10-31"；None = 版本的截至日期
district_code = None  # 六位区县代码；None = 版本里的第一个区县

release = current_release()
district = (
    district_code or release.query("select min(district_code) as code from dim_schools")["code"].iloc[0]
)
measures = release.query(
    """
    select *
    from fct_rectification_measures
    where district_code = ? and reporting_month = (
        select max(reporting_month) from fct_rectification_measures where district_code = ?
    )
    """,
    [district, district],
)
if measures.empty:
    raise SystemExit("版本里没有整改任务。")
as_of = measures["as_of"].max()
day = pd.Timestamp(visited_on) if visited_on else as_of
if day > as_of:
    raise SystemExit(f"版本截至 {as_of:%Y-%m-%d}，看不到 {day:%Y-%m-%d}。")
print(f"版本 {release.release_id}，截至 {as_of:%Y-%m-%d}；看 {day:%Y-%m-%d} 的状态")

# %% [markdown]
# ## 这一天的状态

# %%
states = release.query(
    """
    select
        states.item_number,
        states.measure_number,
        measures.measure_zh,
        measures.lead_department,
        measures.deadline,
        states.reported_state,
        states.state,
        states.valid_from,
        states.refusal_zh
    from fct_rectification_states as states
    inner join (
        select distinct on (district_code, item_number, measure_number) *
        from fct_rectification_measures
        order by district_code, item_number, measure_number, reporting_month desc
    ) as measures
        on
            states.district_code = measures.district_code
            and states.item_number = measures.item_number
            and states.measure_number = measures.measure_number
    where
        states.district_code = $district
        and states.valid_from <= $day
        and (states.valid_to is null or states.valid_to > $day)
    order by try_cast(states.item_number as integer) nulls last, states.item_number, states.measure_number
    """,
    {"district": district, "day": day.date()},
)
counted = states.groupby("state", as_index=False).size().rename(columns={"size": "措施（条）"})
release.show(counted)

# %%
release.show(states)

# %% [markdown]
# ## 申报与数据不一致的
# 申报了销号，数据或材料不支持。

# %%
refused = states.dropna(subset=["refusal_zh"])
print(f"{len(refused)} 条")
release.show(
    refused[["item_number", "measure_number", "measure_zh", "lead_department", "state", "refusal_zh"]]
)

# %% [markdown]
# ## 逐月进展

# %%
summary = release.table("fct_rectification_summary", district_code=district).sort_values("reporting_month")
months = summary[summary["reporting_month"] <= f"{day:%Y-%m}"].tail(12)
lines = months.melt(
    id_vars="reporting_month",
    value_vars=["measures_closed", "measures_overdue", "measures_refused"],
    var_name="措施",
    value_name="条",
)
lines["措施"] = lines["措施"].map(
    {"measures_closed": "已销号", "measures_overdue": "逾期", "measures_refused": "数据不支持"}
)
show(
    charts.lines_by_period(
        lines, "reporting_month", "条", "措施", value_title="条", period_title="月份", decimals=0
    )
)

# %% [markdown]
# ## 凭什么销号
# 每条已销号的措施：凭哪个数、哪一天的数、要求多少；凭资料的，是什么资料。回访时逐条核对原件。

# %%
# the figure that the closing rests on, not the newest one: the state that began on the day of the closing
closed = release.query(
    """
    select
        measures.item_number,
        measures.measure_number,
        measures.measure_zh,
        measures.proof_kind,
        measures.figure_zh,
        states.figure_value,
        states.needed_value,
        measures.figure_scale,
        measures.figure_decimals,
        measures.figure_unit_zh,
        states.figure_observed_on,
        states.evidence_zh,
        measures.closed_by,
        measures.closed_on
    from fct_rectification_measures as measures
    inner join fct_rectification_states as states
        on
            measures.district_code = states.district_code
            and measures.item_number = states.item_number
            and measures.measure_number = states.measure_number
            and measures.closed_on = states.valid_from
            and states.state = 'closed'
    where measures.district_code = $district and measures.reporting_month = $month and measures.state = 'closed'
    order by try_cast(measures.item_number as integer) nulls last, measures.item_number, measures.measure_number
    """,
    {"district": district, "month": measures["reporting_month"].max()},
)
print(f"截至 {as_of:%Y-%m-%d} 已销号 {len(closed)} 条，共 {len(measures)} 条")
scale = closed[["figure_scale", "figure_decimals", "figure_unit_zh"]].astype(object)
for name in ("figure_value", "needed_value"):
    closed[name] = [
        None if value != value else printed(value, int(decimals), scale=factor, suffix=unit or "")
        for value, (factor, decimals, unit) in zip(closed[name], scale.itertuples(index=False), strict=True)
    ]
release.show(closed.drop(columns=list(scale)))

# %% [markdown]
# ## 销号后又退回的

# %%
fallen = measures[measures["times_reopened"] > 0]
print(f"{len(fallen)} 条")
release.show(
    fallen[["item_number", "measure_number", "measure_zh", "state", "times_reopened", "reopened_on"]]
)

# %% [markdown]
# ## 谁还欠报表
# 到这一天已过截止日而没有报来的，按镇街和报表数；名单在后。

# %%
owed = release.query(
    """
    select *
    from fct_returns_due
    where district_code = ? and status = 'missing' and due_on < ?
    order by due_on, town, school_name, feed
    """,
    [district, day.date()],
)
by_town = owed.groupby(["town", "feed", "period"], as_index=False, dropna=False).size()
by_town = by_town.rename(columns={"size": "欠报（份）"}).sort_values("欠报（份）", ascending=False)
print(f"共欠 {len(owed)} 份")
release.show(by_town.head(20))

# %%
release.show(owed[["town", "school_name", "feed", "period", "due_on", "days_late"]].head(50))
