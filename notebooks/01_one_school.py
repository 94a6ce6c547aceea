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
# 一所学校的各项资源配置指标：值是多少、标准是多少、还差多少，逐年怎样变，
# 在全区差异里占多少；最后是全区离标准最远的十个。
# 数据来自生效的版本；每查一次打开一次，查完即关。

# %%
from dagster_project.explore import current_release, show
from dagster_project.publish import charts
from dagster_project.publish.labels import chart_label

school_code = None  # 学校标识码，如 "5001150001"；None = 最低一项离标准最远的学校
stage = "primary"  # primary 小学，junior_secondary 初中

release = current_release()
year = release.school_year
phrases = release.phrases(year)
print(f"版本 {release.release_id}，{year} 学年")

# %% [markdown]
# ## 结论

# %%
verdicts = release.query(
    """
    select
        schools.school_code,
        schools.name_zh,
        schools.town,
        verdicts.students,
        verdicts.indicators_met,
        verdicts.indicators_available,
        verdicts.lowest_ratio,
        verdicts.status,
        verdicts.reason_zh
    from fct_school_compliance as verdicts
    inner join dim_schools as schools
        on verdicts.school_code = schools.school_code and verdicts.school_year = schools.school_year
    where verdicts.school_year = ? and verdicts.stage = ? and verdicts.status != 'out_of_scope'
    order by verdicts.lowest_ratio asc nulls last, schools.school_code
    """,
    [year, stage],
)
chosen = school_code or verdicts["school_code"].iloc[0]
if chosen not in set(verdicts["school_code"]):
    raise SystemExit(f"{year} 学年这一学段没有学校 {chosen}，请核对标识码和学段。")
name = verdicts.loc[verdicts["school_code"] == chosen, "name_zh"].iloc[0]
release.show(verdicts[verdicts["school_code"] == chosen], decimals=3, upright=True)

# %% [markdown]
# ## 逐项对照
# “还差”是学校申报总量最少要增加多少才达标：教师和教室为整数，面积为㎡，设备为元。
# 没有值的指标是缺报或被隔离，不是零。

# %%
figures = release.query(
    """
    select
        figures.school_year,
        figures.indicator_code,
        indicators.label_zh as 指标,
        figures.value as 值,
        figures.threshold as 标准,
        figures.ratio as 与标准之比,
        figures.status,
        figures.missing_reason,
        figures.gap_to_threshold as 还差,
        figures.source_total as 申报总量
    from fct_school_indicators as figures
    inner join dim_indicators as indicators
        on figures.indicator_code = indicators.indicator_code
    where figures.stage = ? and figures.school_code = ? and figures.is_judged
    order by figures.school_year, indicators.sort_order
    """,
    [stage, chosen],
)
now = figures[figures["school_year"] == year]
release.show(now.drop(columns=["school_year", "indicator_code"]), decimals=3)

# %%
print(f"实线是标准，虚线是标准的 {phrases.floor_zh(stage)}。{phrases.compliance_in_words_zh}")
bars = now.assign(指标=now["指标"].map(chart_label))
show(
    charts.ratios_to_standard(
        bars, "指标", "与标准之比", phrases.floor_ratio(stage), title=f"{name}：各项与标准之比", width=620
    )
)

# %% [markdown]
# ## 逐年

# %%
trend = figures.assign(学年=figures["school_year"].astype(str), 指标=figures["指标"].map(chart_label))
show(charts.trends_by_indicator(trend, "指标", "学年", "值", "标准"))

# %% [markdown]
# ## 在全区差异里占多少
# 差异系数的平方可以逐校拆开：w·(x−x̄)²/S²，各校相加为 100%。
# 份额大，不一定是差：远高于平均的学校同样拉大差异。

# %%
shares = release.query(
    """
    select
        indicators.label_zh as 指标,
        shares.distance_from_mean as 与全区平均之差,
        shares.student_share as 学生数占比,
        shares.variance_share as 占全区差异
    from fct_school_variance_shares as shares
    inner join dim_indicators as indicators
        on shares.indicator_code = indicators.indicator_code
    where shares.school_year = ? and shares.stage = ? and shares.school_code = ? and indicators.is_judged
    order by shares.variance_share desc nulls last
    """,
    [year, stage, chosen],
)
for column in ("学生数占比", "占全区差异"):
    shares[column] = shares[column].map("{:.2%}".format, na_action="ignore")
release.show(shares)

# %% [markdown]
# ## 离标准最远的十个

# %%
release.show(verdicts.drop(columns="school_code").head(10), decimals=3)
