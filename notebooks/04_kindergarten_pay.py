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
# # 幼儿园教师待遇试算
# 公办园临聘教师年均工资与在编教师相差多少；把临聘教师的待遇提到在编教师的某个比例，每年要增加多少；足额参保还差多少人。
# 人数太少的园，工资按规定不公布，逐园试算时不在内，并写明有几所。

# %%
import pandas as pd

from dagster_project.explore import current_release, show
from dagster_project.publish import charts

targets = [0.4, 0.5, 0.6, 0.8, 1.0]  # 临聘年均工资达到在编的几成
insurance_yuan_per_person = None  # 单位为一人足额参保一年要缴的数（元），填入本地标准后算出费用
district_code = None  # 六位区县代码；None = 版本里的第一个区县

release = current_release()
district = (
    district_code or release.query("select min(district_code) as code from dim_schools")["code"].iloc[0]
)
totals = release.table("fct_district_kindergarten_pay", district_code=district)
if totals.empty:
    raise SystemExit("版本里没有幼儿园待遇数据。")
year = int(totals["school_year"].max())
print(f"版本 {release.release_id}，{year} 学年")

# %% [markdown]
# ## 现状

# %%
now = totals[totals["school_year"] == year]
release.show(now, decimals=3)

# %% [markdown]
# ## 逐年

# %%
public = totals[totals["ownership"] == "public"].assign(学年=lambda f: f["school_year"].astype(str))
lines = public.melt(
    id_vars="学年",
    value_vars=["in_post_mean_annual_pay_yuan", "temporary_mean_annual_pay_yuan"],
    var_name="教师",
    value_name="元",
)
lines["教师"] = lines["教师"].map(
    {"in_post_mean_annual_pay_yuan": "在编", "temporary_mean_annual_pay_yuan": "临聘"}
)
if lines["元"].notna().any():
    show(
        charts.lines_by_period(
            lines, "学年", "元", "教师", value_title="年均工资（元）", period_title="学年", decimals=0
        )
    )

# %% [markdown]
# ## 提到在编的几成，要增加多少
# 全区公办园合计：临聘人数 ×（在编年均 × 比例 − 临聘年均）。已达到的不减。

# %%
row = now[now["ownership"] == "public"].iloc[0]
people = int(row["temporary_teachers"])
in_post, temporary = row["in_post_mean_annual_pay_yuan"], row["temporary_mean_annual_pay_yuan"]
if pd.isna(in_post) or pd.isna(temporary):
    raise SystemExit("全区公办园的平均工资没有公布或缺数据，不能试算。")
scenarios = pd.DataFrame({"比例": targets})
scenarios["临聘年均（元）"] = (in_post * scenarios["比例"]).clip(lower=temporary)
scenarios["每人每年增加（元）"] = scenarios["临聘年均（元）"] - temporary
scenarios["全区每年增加（万元）"] = scenarios["每人每年增加（元）"] * people / 10_000
print(f"公办园临聘教师 {people} 人，现为在编的 {temporary / in_post:.1%}")
release.show(scenarios.assign(比例=scenarios["比例"].map("{:.0%}".format)), decimals=1)

# %%
bars = scenarios.assign(方案=scenarios["比例"].map("提到 {:.0%}".format))
show(
    charts.bars_against_limit(
        bars, "方案", "全区每年增加（万元）", None, value_title="全区每年增加（万元）", decimals=0
    )
)

# %% [markdown]
# ## 哪些园差得最多
# 逐园与全区在编平均相比，只列公布了工资的公办园。

# %%
gardens = release.query(
    """
    select
        schools.name_zh,
        schools.town,
        pay.temporary_teachers,
        pay.temporary_mean_annual_pay_yuan,
        pay.pay_status
    from fct_kindergarten_pay as pay
    inner join dim_schools as schools
        on pay.school_code = schools.school_code and pay.school_year = schools.school_year
    where pay.school_year = ? and pay.district_code = ? and pay.ownership = 'public' and pay.temporary_teachers > 0
    order by pay.temporary_mean_annual_pay_yuan asc nulls last, schools.name_zh
    """,
    [year, district],
)
known = gardens.dropna(subset=["temporary_mean_annual_pay_yuan"])
print(f"有临聘教师的公办园 {len(gardens)} 所，其中 {len(gardens) - len(known)} 所没有公布或缺数据")
known = known.assign(与在编之比=known["temporary_mean_annual_pay_yuan"] / in_post)
release.show(known.head(10), decimals=3)

# %% [markdown]
# ## 足额参保还差多少人

# %%
insured = now.assign(还差=now["staff"] - now["fully_insured_staff"])
insured = insured[["ownership", "staff", "fully_insured_staff", "insured_share", "还差"]]
release.show(insured.rename(columns={"还差": "还差（人）"}), decimals=3)
if insurance_yuan_per_person is None:
    print("填入第一格的 insurance_yuan_per_person，可算出每年费用。")
else:
    missing = int(insured.loc[insured["ownership"] == "all", "还差"].iloc[0])
    print(f"全部足额参保，每年约 {missing * insurance_yuan_per_person / 10_000:,.1f} 万元")
