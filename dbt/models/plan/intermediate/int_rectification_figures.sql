{#
  One row per figure: its code, the relation, the day from which it is known, the rows that count, and the value over the
  rows of one district and day. The seed rectification_figures holds the labels.
#}
{% set yearly = statistics_day('school_year') %}
{% set whole = "reports_available >= reports_due and figure_code = " %}
{% set in_groups = "is_complete and group_kind in ('one_kindergarten', 'joint_kindergartens')" %}
{% set figures = [
    ('temporary_teachers', 'pay', yearly, "ownership = 'public'", 'max(temporary_teachers)'),
    ('temporary_pay_ratio', 'pay', yearly, "ownership = 'public'", 'max(pay_ratio)'),
    ('fully_insured_staff_share', 'pay', yearly, "ownership = 'all'", 'max(insured_share)'),
    ('inclusive_coverage_rate', 'preschool', yearly, whole ~ "'inclusive_coverage_rate'", 'max(value)'),
    ('public_kindergarten_share', 'preschool', yearly, whole ~ "'public_kindergarten_share'", 'max(value)'),
    ('nursery_places', 'preschool', yearly, "figure_code = 'nursery_places'", 'max(value)'),
    ('primary_compliance_rate', 'compliance', yearly, "stage = 'primary'", 'max(compliance_rate)'),
    ('junior_compliance_rate', 'compliance', yearly, "stage = 'junior_secondary'", 'max(compliance_rate)'),
    ('primary_variations_met', 'variations', yearly, "stage = 'primary'", 'sum(is_met)'),
    ('junior_variations_met', 'variations', yearly, "stage = 'junior_secondary'", 'sum(is_met)'),
    ('compliant_vocational_schools_share', 'vocational', yearly, 'is_judged = 1', 'avg(1 - falls_short)'),
    ('vocational_share', 'upper_secondary', yearly, 'true', 'max(vocational_share)'),
    ('dual_qualified_teacher_share', 'teachers', yearly, 'true', 'max(dual_qualified_teacher_share)'),
    ('oversized_schools', 'government', yearly, "item_code = 'school_size'", 'max(denominator - numerator)'),
    ('two_never_decrease', 'finance', 'observed_on', 'true', 'max(never_decrease)'),
    ('education_outlay_growth_above_city', 'finance', 'observed_on', 'true', 'max(education_outlay_growth_above_city)'),
    ('english_level_three_share', 'monitoring', 'observed_on', "subject = 'english'", 'min(level_three_share)'),
    ('science_level_three_share', 'monitoring', 'observed_on', "subject = 'science'", 'min(level_three_share)'),
    ('lowest_safety_satisfaction', 'satisfaction', 'observed_on', 'true', 'min(lowest)'),
    ('one_school_groups', 'teams', 'observed_on', "group_kind = 'one_school'", 'sum(is_one)'),
    ('joint_school_groups', 'teams', 'observed_on', "group_kind = 'joint_schools'", 'sum(is_one)'),
    ('kindergartens_in_groups', 'teams', 'observed_on', in_groups, 'sum(kindergartens)'),
    (
        'kindergarten_pair_coverage', 'teams', 'observed_on',
        "is_complete and group_kind = 'kindergarten_primary_pair'",
        'cast(sum(kindergartens) as double) / nullif(max(kindergartens_of_district), 0)'
    ),
    ('milestones_due_achieved_share', 'milestones', 'observed_on', 'true', 'avg(is_achieved)'),
    ('work_done_share', 'works', 'observed_on', 'true', 'min(done_share)'),
    ('open_oversized_classes', 'class_entries', 'observed_on', 'true', 'sum(is_open)'),
    ('overdue_hazards', 'hazards', 'observed_on', "hazard_kind = 'all'", 'max(overdue_hazards)'),
    ('safety_checks_done_share', 'safety', 'observed_on', 'true', 'cast(sum(done_of_due) as double) / nullif(sum(due), 0)'),
    ('progress_returns_share', 'returns', 'observed_on', 'is_due', 'avg(case when is_received then 1 else 0 end)'),
] %}
{# Relations whose figures serve one item of the plan, and those that need no preparation. #}
{% set of_items = ['milestones', 'works'] %}
{% set relations = {
    'preschool': ref('int_preschool_universality'),
    'compliance': ref('int_district_compliance'),
    'upper_secondary': ref('int_upper_secondary'),
    'teachers': ref('int_vocational_teachers'),
    'government': ref('int_government_items'),
    'returns': ref('int_progress_returns'),
} %}

with months as (

    select * from {{ ref('int_months') }}

),

-- what the committee may see: means with too few people behind them are hidden
pay as (

    select * from {{ ref('committee_district_kindergarten_pay') }}

),

variations as (

    select
        *,
        case when cv_status = 'met' then 1 else 0 end as is_met
    from {{ ref('int_district_indicators') }}

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

-- a fiscal year is known once it is over
finance as (

    select
        *,
        make_date(fiscal_year, 12, 31) as observed_on,
        case
            when outlay_status <> 'not_available' and outlay_per_student_status <> 'not_available'
                then
                    case when outlay_status = 'met' then 1 else 0 end
                    + case when outlay_per_student_status = 'met' then 1 else 0 end
        end as never_decrease
    from {{ ref('int_education_finance') }}

),

monitoring as (

    select
        *,
        make_date(monitoring_year, 12, 31) as observed_on
    from {{ ref('int_monitoring_results') }}

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

latest as (

    select max(school_year) as school_year from {{ ref('int_schools') }}

),

kindergartens as (

    select
        schools.district_code,
        count(*) as kindergartens_of_district
    from {{ ref('int_latest_schools') }} as schools
    cross join latest
    where schools.school_type = 'kindergarten' and schools.school_year = latest.school_year
    group by schools.district_code

),

teams as (

    select
        teams.*,
        months.observed_on,
        case when teams.is_complete then 1 else 0 end as is_one,
        kindergartens.kindergartens_of_district
    from months
    inner join {{ ref('int_school_groups') }} as teams
        on teams.complete_on is null or months.observed_on >= teams.complete_on
    left join kindergartens on teams.district_code = kindergartens.district_code

),

-- the plan's own dates, month by month: what was due by then, and what was done by then
milestones as (

    select
        milestones.district_code,
        milestones.item_number,
        months.observed_on,
        case when milestones.achieved_on <= months.observed_on then 1 else 0 end as is_achieved
    from months
    inner join {{ ref('int_milestones') }} as milestones on months.observed_on >= milestones.planned_on

),

works as (

    select
        works.district_code,
        works.item_number,
        works.work_code,
        months.observed_on,
        case
            when sum(works.planned) > 0
                then {{ smaller_of('sum(works.done) / sum(works.planned)', 'cast(1 as double)') }}
        end as done_share
    from months
    inner join {{ ref('int_work_figures') }} as works on months.reporting_month >= works.reporting_month
    where works.planned is not null
    group by works.district_code, works.item_number, works.work_code, months.observed_on

),

class_entries as (

    select
        spells.district_code,
        months.observed_on,
        case when spells.state = 'open' then 1 else 0 end as is_open
    from months
    inner join {{ ref('int_class_ledger_spells') }} as spells
        on
            months.observed_on >= spells.valid_from
            and (spells.valid_to is null or months.observed_on < spells.valid_to)
    where spells.stage in ('primary', 'junior_secondary')

),

hazards as (

    select
        hazards.*,
        months.observed_on
    from {{ ref('int_district_hazards') }} as hazards
    inner join months on hazards.reporting_month = months.reporting_month

),

safety as (

    select
        duties.*,
        months.observed_on
    from {{ ref('int_safety_duties') }} as duties
    inner join months on duties.reporting_month = months.reporting_month
    where duties.duty in ('daily_check', 'weekly_check', 'monthly_check')

),

united as (

    {% for figure, relation, day, condition, value in figures -%}
        select
            district_code,
            '{{ figure }}' as figure_code,
            {{ 'item_number' if relation in of_items else 'cast(null as varchar)' }} as item_number,
            {{ day }} as observed_on,
            cast({{ value }} as double) as value
        from {{ relations.get(relation, relation) }}
        where {{ condition }}
        group by district_code, {{ day }}{{ ', item_number' if relation in of_items }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from united
where value is not null
