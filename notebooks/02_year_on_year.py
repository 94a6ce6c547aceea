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
# # 逐年比较
# 全区各学段达标率、各项指标的差异系数和平均水平怎样变；哪些学校由达标变为未达标、由未达标变为达标，以及为什么。

# %%
from dagster_project.explore import current_release, show
from dagster_project.publish import charts
from dagster_project.publish.labels import STATUS_ZH, chart_label, stage_zh

stage = "primary"  # primary 小学，junior_secondary 初中
district_code = None  # 六位区县代码；None = 版本里的第一个区县

release = current_release()
district = (
    district_code or release.query("select min(district_code) as code from dim_schools")["code"].iloc[0]
)
print(f"版本 {release.release_id}，区县 {district}")

# %% [markdown]
# ## 达标率
# 有学校缺数据时，达标率只能说在哪两个数之间：缺数据的都不达标是下限，都达标是上限。

# %%
rates = release.table("fct_district_compliance", district_code=district)
rates["学年"] = rates["school_year"].astype(str)
rates["学段"] = rates["stage"].map(stage_zh)
rates["达标率"] = rates["compliance_rate"] * 100
release.show(rates.drop(columns=["学年", "学段", "达标率"]), decimals=3)

# %%
show(
    charts.lines_by_period(
        rates,
        "学年",
        "达标率",
        "学段",
        value_title="达标学校占可判断学校（%）",
        period_title="学年",
        decimals=1,
        suffix="%",
    )
)

# %% [markdown]
# ## 差异系数
# 虚线是版本里的标准给出的限值；不高于限值为合格。

# %%
variation = release.query(
    """
    select
        figures.school_year,
        cast(figures.school_year as varchar) as 学年,
        indicators.label_zh as 指标,
        figures.mean_value,
        figures.coefficient_of_variation,
        figures.cv_limit,
        figures.cv_status,
        figures.schools_in_scope,
        figures.schools_available
    from fct_district_indicators as figures
    inner join dim_indicators as indicators
        on figures.indicator_code = indicators.indicator_code
    where figures.district_code = ? and figures.stage = ? and figures.is_judged
    order by indicators.sort_order, figures.school_year
    """,
    [district, stage],
)
variation["指标"] = variation["指标"].map(chart_label)
show(
    charts.trends_by_indicator(variation, "指标", "学年", "coefficient_of_variation", "cv_limit", decimals=3)
)

# %%
table = variation.pivot(index="指标", columns="学年", values="coefficient_of_variation")
release.show(table.loc[variation["指标"].unique()].rename_axis(columns=None).reset_index(), decimals=3)

# %% [markdown]
# ## 谁的结论变了
# 最近两个学年都参评的学校。“少达标的指标”和“多达标的指标”说明原因。

# %%
years = sorted(rates["school_year"].unique())[-2:]
if len(years) < 2:
    raise SystemExit("版本里只有一个学年，没有可比的上一年。")
before, after = (int(y) for y in years)
moved = release.query(
    """
    with met as (
        select
            now.school_code,
            string_agg(
                case when past.status = 'met' and now.status <> 'met' then indicators.label_zh end, '、'
                order by indicators.sort_order
            ) as 少达标的指标,
            string_agg(
                case when past.status <> 'met' and now.status = 'met' then indicators.label_zh end, '、'
                order by indicators.sort_order
            ) as 多达标的指标
        from fct_school_indicators as now
        inner join fct_school_indicators as past
            on
                now.school_code = past.school_code
                and now.stage = past.stage
                and now.indicator_code = past.indicator_code
        inner join dim_indicators as indicators on now.indicator_code = indicators.indicator_code
        where past.school_year = $before and now.school_year = $after and now.stage = $stage
            and now.district_code = $district and now.is_judged
        group by now.school_code
    )

    select
        schools.name_zh,
        schools.town,
        past.status as 上年,
        now.status as 本年,
        met.少达标的指标,
        met.多达标的指标
    from fct_school_compliance as now
    inner join fct_school_compliance as past
        on now.school_code = past.school_code and now.stage = past.stage and past.school_year = $before
    inner join met on now.school_code = met.school_code
    inner join dim_schools as schools
        on now.school_code = schools.school_code and now.school_year = schools.school_year
    where now.school_year = $after and now.stage = $stage and now.status <> past.status
    order by now.status, schools.town, schools.name_zh
    """,
    {"before": before, "after": after, "stage": stage, "district": district},
)
for column in ("上年", "本年"):
    moved[column] = moved[column].map(STATUS_ZH)
print(f"{before} → {after} 学年，{len(moved)} 所学校的结论变了")
release.show(moved.fillna(""))
