-- One row per district, figure and day from which it is known; item_number is null where it serves any item.
with months as (

    select * from {{ ref('int_months') }}

),

-- what the committee may see: means with too few people behind them are hidden
pay as (

    select
        district_code,
        {{ statistics_day('school_year') }} as observed_on,
        ownership,
        temporary_teachers,
        pay_ratio,
        insured_share
    from {{ ref('committee_district_kindergarten_pay') }}

),

preschool as (

    select
        district_code,
        {{ statistics_day('school_year') }} as observed_on,
        figure_code,
        value
    from {{ ref('int_preschool_universality') }}
    where reports_available >= reports_due or figure_code = 'nursery_places'

),

compliance as (

    select
        district_code,
        {{ statistics_day('school_year') }} as observed_on,
        stage,
        compliance_rate
    from {{ ref('int_district_compliance') }}

),

variations as (

    select
        district_code,
        {{ statistics_day('school_year') }} as observed_on,
        stage,
        sum(case when cv_status = 'met' then 1 else 0 end) as variations_met
    from {{ ref('int_district_indicators') }}
    group by district_code, school_year, stage

),

vocational as (

    select
        district_code,
        school_year,
        school_code,
        max(case when status_owned_only in ('not_met', 'not_available') then 1 else 0 end) as falls_short,
        max(case when status_owned_only in ('met', 'not_met') then 1 else 0 end) as is_judged
    from {{ ref('int_vocational_verdicts') }}
    group by district_code, school_year, school_code

),

teams as (

    select
        months.observed_on,
        teams.district_code,
        teams.group_kind,
        teams.group_name,
        teams.kindergartens,
        teams.is_complete
    from months
    inner join {{ ref('int_school_groups') }} as teams
        on teams.complete_on is null or months.observed_on >= teams.complete_on

),

latest as (

    select max(school_year) as school_year from {{ ref('int_schools') }}

),

kindergartens as (

    select
        schools.district_code,
        count(*) as kindergartens
    from {{ ref('int_latest_schools') }} as schools
    cross join latest
    where
        schools.school_type = 'kindergarten'
        and schools.school_year = latest.school_year
    group by schools.district_code

),

-- the plan's own dates, month by month: what was due by then, and what was done by then
milestones as (

    select
        milestones.district_code,
        milestones.item_number,
        months.observed_on,
        sum(case when milestones.achieved_on <= months.observed_on then 1 else 0 end) as achieved,
        count(*) as due
    from months
    inner join {{ ref('int_milestones') }} as milestones on months.observed_on >= milestones.planned_on
    group by milestones.district_code, milestones.item_number, months.observed_on

),

works as (

    select
        works.district_code,
        works.item_number,
        works.work_code,
        months.observed_on,
        sum(works.planned) as planned,
        sum(works.done) as done
    from months
    inner join {{ ref('int_work_figures') }} as works on months.reporting_month >= works.reporting_month
    where works.planned is not null
    group by works.district_code, works.item_number, works.work_code, months.observed_on

),

class_entries as (

    select
        spells.district_code,
        months.observed_on,
        sum(case when spells.state = 'open' then 1 else 0 end) as open_classes
    from months
    inner join {{ ref('int_class_ledger_spells') }} as spells
        on
            months.observed_on >= spells.valid_from
            and (spells.valid_to is null or months.observed_on < spells.valid_to)
    where spells.stage in ('primary', 'junior_secondary')
    group by spells.district_code, months.observed_on

),

returns as (

    select
        district_code,
        observed_on,
        cast(sum(case when is_received then 1 else 0 end) as double) / nullif(count(*), 0) as received_share
    from {{ ref('int_progress_returns') }}
    where is_due
    group by district_code, observed_on

),

safety as (

    select
        duties.district_code,
        months.observed_on,
        cast(sum(duties.done_of_due) as double) / nullif(sum(duties.due), 0) as done_share
    from months
    inner join {{ ref('int_safety_duties') }} as duties on months.reporting_month = duties.reporting_month
    where duties.duty in ('daily_check', 'weekly_check', 'monthly_check')
    group by duties.district_code, months.observed_on

),

satisfaction as (

    select
        district_code,
        max(surveyed_on) as observed_on,
        min(satisfied_share) as lowest
    from {{ ref('int_satisfaction') }}
    where question <> 'education_overall'
    group by district_code, survey_round

),

united as (

    select
        district_code,
        'temporary_teachers' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        cast(temporary_teachers as double) as value
    from pay
    where ownership = 'public'
    union all
    select
        district_code,
        'temporary_pay_ratio' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        pay_ratio as value
    from pay
    where ownership = 'public'
    union all
    select
        district_code,
        'fully_insured_staff_share' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        insured_share as value
    from pay
    where ownership = 'all'
    union all
    select
        district_code,
        figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        value
    from preschool
    where figure_code in ('inclusive_coverage_rate', 'public_kindergarten_share', 'nursery_places')
    union all
    select
        district_code,
        case stage when 'primary' then 'primary_compliance_rate' else 'junior_compliance_rate' end as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        compliance_rate as value
    from compliance
    union all
    select
        district_code,
        case stage when 'primary' then 'primary_variations_met' else 'junior_variations_met' end as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        cast(variations_met as double) as value
    from variations
    union all
    select
        district_code,
        'compliant_vocational_schools_share' as figure_code,
        cast(null as varchar) as item_number,
        {{ statistics_day('school_year') }} as observed_on,
        cast(sum(case when falls_short = 0 then 1 else 0 end) as double) / nullif(count(*), 0) as value
    from vocational
    where is_judged = 1
    group by district_code, school_year
    union all
    select
        district_code,
        'vocational_share' as figure_code,
        cast(null as varchar) as item_number,
        {{ statistics_day('school_year') }} as observed_on,
        vocational_share as value
    from {{ ref('int_upper_secondary') }}
    union all
    select
        district_code,
        'dual_qualified_teacher_share' as figure_code,
        cast(null as varchar) as item_number,
        {{ statistics_day('school_year') }} as observed_on,
        dual_qualified_teacher_share as value
    from {{ ref('int_vocational_teachers') }}
    union all
    select
        district_code,
        'oversized_schools' as figure_code,
        cast(null as varchar) as item_number,
        {{ statistics_day('school_year') }} as observed_on,
        denominator - numerator as value
    from {{ ref('int_government_items') }}
    where item_code = 'school_size'
    union all
    -- a fiscal year is known once it is over
    select
        district_code,
        'two_never_decrease' as figure_code,
        cast(null as varchar) as item_number,
        make_date(fiscal_year, 12, 31) as observed_on,
        cast(
            case
                when outlay_status = 'not_available' or outlay_per_student_status = 'not_available' then null
                else
                    case when outlay_status = 'met' then 1 else 0 end
                    + case when outlay_per_student_status = 'met' then 1 else 0 end
            end as double
        ) as value
    from {{ ref('int_education_finance') }}
    union all
    select
        district_code,
        'education_outlay_growth_above_city' as figure_code,
        cast(null as varchar) as item_number,
        make_date(fiscal_year, 12, 31) as observed_on,
        education_outlay_growth_above_city as value
    from {{ ref('int_education_finance') }}
    union all
    select
        district_code,
        case subject when 'english' then 'english_level_three_share' else 'science_level_three_share' end as figure_code,
        cast(null as varchar) as item_number,
        make_date(monitoring_year, 12, 31) as observed_on,
        min(level_three_share) as value
    from {{ ref('int_monitoring_results') }}
    where subject in ('english', 'science')
    group by district_code, subject, monitoring_year
    union all
    select
        district_code,
        'lowest_safety_satisfaction' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        lowest as value
    from satisfaction
    union all
    select
        district_code,
        case group_kind when 'one_school' then 'one_school_groups' else 'joint_school_groups' end as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        cast(sum(case when is_complete then 1 else 0 end) as double) as value
    from teams
    where group_kind in ('one_school', 'joint_schools')
    group by district_code, group_kind, observed_on
    union all
    select
        district_code,
        'kindergartens_in_groups' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        cast(sum(kindergartens) as double) as value
    from teams
    where group_kind in ('one_kindergarten', 'joint_kindergartens') and is_complete
    group by district_code, observed_on
    union all
    select
        teams.district_code,
        'kindergarten_pair_coverage' as figure_code,
        cast(null as varchar) as item_number,
        teams.observed_on,
        cast(sum(teams.kindergartens) as double) / nullif(max(kindergartens.kindergartens), 0) as value
    from teams
    inner join kindergartens on teams.district_code = kindergartens.district_code
    where teams.group_kind = 'kindergarten_primary_pair' and teams.is_complete
    group by teams.district_code, teams.observed_on
    union all
    select
        district_code,
        'milestones_due_achieved_share' as figure_code,
        item_number,
        observed_on,
        cast(achieved as double) / nullif(due, 0) as value
    from milestones
    union all
    select
        district_code,
        'work_done_share' as figure_code,
        item_number,
        observed_on,
        min(case when planned > 0 then least(done / planned, cast(1 as double)) end) as value
    from works
    group by district_code, item_number, observed_on
    union all
    select
        district_code,
        'open_oversized_classes' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        cast(open_classes as double) as value
    from class_entries
    union all
    select
        hazards.district_code,
        'overdue_hazards' as figure_code,
        cast(null as varchar) as item_number,
        months.observed_on,
        cast(hazards.overdue_hazards as double) as value
    from {{ ref('int_district_hazards') }} as hazards
    inner join months on hazards.reporting_month = months.reporting_month
    where hazards.hazard_kind = 'all'
    union all
    select
        district_code,
        'safety_checks_done_share' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        done_share as value
    from safety
    union all
    select
        district_code,
        'progress_returns_share' as figure_code,
        cast(null as varchar) as item_number,
        observed_on,
        received_share as value
    from returns

)

select * from united
where value is not null
