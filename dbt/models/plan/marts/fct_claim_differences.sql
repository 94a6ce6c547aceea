-- What an office claims beside what the schools report of the same thing.
with months as (

    select
        work_code as claim_code,
        district_code,
        reporting_month,
        sha256,
        sheet,
        row_number,
        cast(substr(reporting_month, 1, 4) as integer) as claim_year,
        sum(done) over (partition by district_code, work_code, substr(reporting_month, 1, 4)) as claimed,
        row_number() over (
            partition by district_code, work_code, substr(reporting_month, 1, 4)
            order by reporting_month desc
        ) as recency
    from {{ ref('stg_work_figures') }}
    where work_code in ('vocational_intake', 'in_post_kindergarten_hires')

),

-- the year so far, at the row of its last month
works as (

    select
        *,
        last_day({{ month_start('reporting_month') }}) as claimed_on
    from months
    where recency = 1 and claimed is not null

),

intake as (

    select
        stages.district_code,
        stages.school_year,
        cast(sum(enrolment.entrants) as double) as reported,
        count(enrolment.entrants) as reports_available,
        count(*) as reports_due
    from {{ ref('int_school_stages') }} as stages
    left join {{ ref('stg_vocational_enrolment') }} as enrolment
        on
            stages.school_year = enrolment.school_year
            and stages.school_code = enrolment.school_code
    where stages.stage = 'secondary_vocational' and stages.school_type = 'secondary_vocational' and stages.is_due
    group by stages.district_code, stages.school_year

),

kindergartens as (

    select
        school_year,
        district_code,
        cast(sum(children) as double) as children,
        count(children) as reports_available,
        count(*) as reports_due
    from {{ ref('int_kindergarten_support') }}
    group by school_year, district_code

),

owed as (

    select
        school_year,
        district_code,
        count(*) as kindergartens_due
    from {{ ref('int_school_stages') }}
    where stage = 'preschool' and is_due
    group by school_year, district_code

),

posts as (

    select
        pay.school_year,
        pay.district_code,
        cast(sum(pay.in_post_teachers) as double) as in_post_teachers,
        count(pay.in_post_teachers) as reports_available,
        max(owed.kindergartens_due) as reports_due
    from {{ ref('int_kindergarten_pay') }} as pay
    inner join owed
        on
            pay.school_year = owed.school_year
            and pay.district_code = owed.district_code
    group by pay.school_year, pay.district_code

),

-- known where every kindergarten reported in both years: between two years of different kindergartens it is no rise
rises as (

    select
        posts.school_year,
        posts.district_code,
        case
            when
                posts.reports_available = posts.reports_due
                and earlier.reports_available = earlier.reports_due
                then posts.in_post_teachers - earlier.in_post_teachers
        end as reported,
        case
            when earlier.reports_available < earlier.reports_due then earlier.reports_available
            else posts.reports_available
        end as reports_available,
        case when earlier.reports_available < earlier.reports_due then earlier.reports_due else posts.reports_due end
            as reports_due
    from posts
    inner join posts as earlier
        on
            posts.district_code = earlier.district_code
            and posts.school_year = earlier.school_year + 1

),

owned as (

    select
        school_code,
        condition_code,
        school_year,
        value_owned_only,
        row_number() over (partition by school_code, condition_code order by school_year desc) as recency
    from {{ ref('int_vocational_verdicts') }}
    where value_owned_only is not null

),

site_plans as (

    select
        schools.district_code,
        schools.school_code,
        schools.school_name,
        planned.figure_year as plan_year,
        planned.condition_code,
        planned.planned_value,
        planned.sha256,
        planned.sheet,
        planned.row_number,
        owned.school_year as latest_school_year,
        owned.value_owned_only as latest_value
    from {{ ref('stg_vocational_site_plans') }} as planned
    inner join {{ ref('int_latest_schools') }} as schools on planned.school_code = schools.school_code
    left join owned
        on
            planned.school_code = owned.school_code
            and planned.condition_code = owned.condition_code
            and owned.recency = 1

),

united as (

    select
        works.claim_code,
        works.district_code,
        cast(null as string) as school_code,
        cast(null as string) as school_name,
        works.claim_year,
        works.claimed,
        works.claimed_on,
        works.sha256,
        works.sheet,
        works.row_number,
        coalesce(intake.reported, rises.reported) as reported,
        coalesce(intake.school_year, rises.school_year) as reported_year,
        coalesce(intake.reports_available, rises.reports_available) as reports_available,
        coalesce(intake.reports_due, rises.reports_due) as reports_due
    from works
    left join intake
        on
            works.claim_code = 'vocational_intake'
            and works.district_code = intake.district_code
            and works.claim_year = intake.school_year
    left join rises
        on
            works.claim_code = 'in_post_kindergarten_hires'
            and works.district_code = rises.district_code
            and works.claim_year = rises.school_year
    union all
    select
        'children_in_kindergartens' as claim_code,
        figures.district_code,
        cast(null as string) as school_code,
        cast(null as string) as school_name,
        cast(figures.figure_year as integer) as claim_year,
        figures.figure as claimed,
        make_date(figures.figure_year, 12, 31) as claimed_on,
        figures.sha256,
        figures.sheet,
        figures.row_number,
        kindergartens.children as reported,
        kindergartens.school_year as reported_year,
        kindergartens.reports_available,
        kindergartens.reports_due
    from {{ ref('stg_district_figures') }} as figures
    left join kindergartens
        on
            figures.district_code = kindergartens.district_code
            and figures.figure_year = kindergartens.school_year
    where figures.figure_code = 'children_in_kindergartens'
    union all
    select
        concat('site_plan_', site_plans.condition_code) as claim_code,
        site_plans.district_code,
        site_plans.school_code,
        site_plans.school_name,
        cast(site_plans.plan_year as integer) as claim_year,
        site_plans.planned_value as claimed,
        {{ statistics_day('site_plans.plan_year') }} as claimed_on,
        site_plans.sha256,
        site_plans.sheet,
        site_plans.row_number,
        site_plans.latest_value as reported,
        site_plans.latest_school_year as reported_year,
        cast(null as bigint) as reports_available,
        cast(null as bigint) as reports_due
    from site_plans
    where site_plans.condition_code in ('campus_area_m2', 'floor_area_m2')

),

compared as (

    select
        united.claim_code,
        kinds.name_zh as claim_zh,
        kinds.unit_zh,
        united.district_code,
        united.school_code,
        united.school_name,
        united.claim_year,
        united.claimed,
        united.claimed_on,
        united.reported,
        {{ statistics_day('united.reported_year') }} as reported_figure_on,
        united.reports_available,
        united.reports_due,
        united.reports_available < united.reports_due as is_incomplete,
        kinds.tolerance_share * abs(united.reported) as tolerance,
        kinds.tolerance_basis_zh,
        kinds.comparison,
        kinds.claim_feed,
        kinds.reported_feed,
        explained.rule_code is not null as is_explained
    from united
    inner join {{ ref('claim_kinds') }} as kinds on united.claim_code = kinds.claim_code
    left join {{ ref('stg_explained_warnings') }} as explained
        on
            kinds.rule_code = explained.rule_code
            and kinds.claim_feed = explained.feed
            and united.sha256 = explained.sha256
            and united.sheet = explained.sheet
            and united.row_number = explained.row_number

),

-- a part of the schools is never compared with the whole of a claim
subtracted as (

    select
        *,
        case when not coalesce(is_incomplete, false) then claimed - reported end as difference
    from compared

),

final as (

    select
        claim_code,
        claim_zh,
        unit_zh,
        district_code,
        school_code,
        school_name,
        claim_year,
        claimed,
        claimed_on,
        reported,
        reported_figure_on,
        reports_available,
        reports_due,
        difference,
        tolerance,
        tolerance_basis_zh,
        claim_feed,
        reported_feed,
        case
            when difference is null then 'not_comparable'
            when comparison = 'at_least' and {{ reaches('claimed', 'reported') }} then 'agrees'
            when comparison = 'equal' and {{ stays_within('abs(difference)', 'tolerance') }} then 'agrees'
            when is_explained then 'explained'
            else 'differs'
        end as status
    from subtracted

)

select * from final
