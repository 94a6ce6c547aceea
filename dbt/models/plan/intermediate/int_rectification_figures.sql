{#
  One row per figure: its code, the relation with one row per district (and item) and day, the rows that count, and its
  columns: value, numerator and denominator of a share, the returns at hand and due, the ends of an interval, the
  series, the day from which the ledger knows it where that isn't the day it was observed on, and the day on which it was
  told where the rows themselves say so. The seed
  rectification_figures holds labels, and says which feed a figure comes from.
#}
{% set yearly = statistics_day('school_year') %}
{% set reports = {'available': 'reports_available', 'due': 'reports_due'} %}
{% set share = {'numerator': 'numerator', 'denominator': 'denominator'} %}
{% set survey = dict(share, low='value_low', high='value_high', series='surveyed_by') %}
{% set figures = [
    (
        'temporary_teachers', 'staff', "ownership = 'public'",
        {'value': 'temporary_teachers', 'available': 'temporary_known', 'due': 'kindergartens_due', 'day': yearly}
    ),
    (
        'temporary_pay_ratio', 'pay', "ownership = 'public'",
        {
            'value': 'pay_ratio', 'numerator': 'temporary_mean_annual_pay_yuan',
            'denominator': 'in_post_mean_annual_pay_yuan', 'available': 'pay_known', 'due': 'kindergartens_due', 'day': yearly
        }
    ),
    (
        'fully_insured_staff_share', 'staff', "ownership = 'all'",
        {
            'value': 'insured / nullif(insured_of, 0)', 'numerator': 'insured', 'denominator': 'insured_of',
            'available': 'insured_known', 'due': 'kindergartens_due', 'day': yearly
        }
    ),
    (
        'inclusive_coverage_rate', 'preschool', "figure_code = 'inclusive_coverage_rate'",
        dict(share, **dict(reports, value='value', day=yearly))
    ),
    (
        'public_kindergarten_share', 'preschool', "figure_code = 'public_kindergarten_share'",
        dict(share, **dict(reports, value='value', day=yearly))
    ),
    ('nursery_places', 'preschool', "figure_code = 'nursery_places'", dict(reports, value='value', day=yearly)),
    ('primary_compliance_rate', 'compliance', "stage = 'primary'", dict(share, **dict(reports, value='value', day=yearly))),
    (
        'junior_compliance_rate', 'compliance', "stage = 'junior_secondary'",
        dict(share, **dict(reports, value='value', day=yearly))
    ),
    ('primary_variations_met', 'variations', "stage = 'primary'", dict(share, **dict(reports, value='numerator', day=yearly))),
    (
        'junior_variations_met', 'variations', "stage = 'junior_secondary'",
        dict(share, **dict(reports, value='numerator', day=yearly))
    ),
    (
        'compliant_vocational_schools_share', 'vocational', 'true',
        {
            'value': 'schools_compliant / nullif(cast(schools_decided as double), 0)', 'numerator': 'schools_compliant',
            'denominator': 'schools_decided', 'available': 'schools_decided', 'due': 'schools_due', 'day': yearly
        }
    ),
    (
        'vocational_share', 'upper_secondary', 'true',
        {
            'value': 'vocational_share', 'numerator': 'vocational_students',
            'denominator': 'vocational_students + general_students', 'available': 'schools_available', 'due': 'schools_due',
            'day': yearly
        }
    ),
    (
        'dual_qualified_teacher_share', 'teachers', 'true',
        dict(
            reports, value='dual_qualified_teacher_share', numerator='dual_qualified_teachers',
            denominator='specialised_teachers', day=yearly
        )
    ),
    (
        'oversized_schools', 'government', "item_code = 'school_size'",
        dict(reports, value='denominator - numerator', numerator='denominator - numerator', denominator='denominator', day=yearly)
    ),
    ('two_never_decrease', 'finance', 'true', {'value': 'never_decrease'}),
    ('education_outlay_growth_above_city', 'finance', 'true', {'value': 'education_outlay_growth_above_city'}),
    (
        'english_level_three_share', 'monitoring', "subject = 'english'",
        dict(survey, **dict(reports, value='level_three_share'))
    ),
    (
        'science_level_three_share', 'monitoring', "subject = 'science'",
        dict(survey, **dict(reports, value='level_three_share'))
    ),
    ('lowest_safety_satisfaction', 'satisfaction', 'true', dict(survey, **dict(reports, value='satisfied_share'))),
    ('one_school_groups', 'teams', "group_kind = 'one_school'", {'value': 'complete_groups', 'told': 'told_on'}),
    ('joint_school_groups', 'teams', "group_kind = 'joint_schools'", {'value': 'complete_groups', 'told': 'told_on'}),
    ('kindergartens_in_groups', 'teams', "group_kind = 'kindergarten_groups'", {'value': 'kindergartens', 'told': 'told_on'}),
    (
        'kindergarten_pair_coverage', 'teams', "group_kind = 'kindergarten_primary_pair'",
        {
            'value': 'cast(kindergartens as double) / nullif(kindergartens_of_district, 0)', 'numerator': 'kindergartens',
            'denominator': 'kindergartens_of_district', 'told': 'told_on'
        }
    ),
    (
        'milestones_due_achieved_share', 'milestones', 'true',
        dict(share, value='numerator / nullif(denominator, 0)', available='milestones_known', due='milestones_due')
    ),
    ('work_done_share', 'works', 'true', dict(share, value=smaller_of('numerator / denominator', 'cast(1 as double)'))),
    ('open_oversized_classes', 'entries', "ledger = 'classes'", dict(reports, value='entries', known='known_on')),
    (
        'overdue_hazards', 'entries', "ledger = 'overdue_hazards'",
        dict(reports, value='entries', known='known_on')
    ),
    (
        'safety_checks_done_share', 'safety', 'true',
        dict(share, **dict(reports, value='numerator / denominator', known='known_on'))
    ),
] %}
{% set safety_questions = ['safety_measures', 'bus_buildings_facilities', 'food_safety'] %}
{# Relations whose figures serve one item of the plan, and those that need no preparation. #}
{% set of_items = ['milestones', 'works'] %}
{% set relations = {
    'preschool': ref('int_preschool_universality'),
    'upper_secondary': ref('int_upper_secondary'),
    'government': ref('int_government_items'),
    'vocational': ref('int_compliant_vocational_schools'),
    'teams': ref('int_groups_by_day'),
    'entries': ref('int_open_entries_by_day'),
    'milestones': ref('int_milestones_by_day'),
    'monitoring': ref('int_lowest_monitoring_results'),
} %}

with months as (

    select * from {{ ref('int_months') }}

),

staff as (

    select
        owed.school_year,
        owed.district_code,
        owed.ownership,
        owed.kindergartens_due,
        counted_staff.temporary_teachers,
        coalesce(counted_staff.temporary_known, 0) as temporary_known,
        counted_staff.insured,
        counted_staff.insured_of,
        coalesce(counted_staff.insured_known, 0) as insured_known
    from {{ ref('committee_district_kindergarten_pay') }} as owed
    left join {{ ref('int_kindergarten_answers') }} as counted_staff
        on
            owed.school_year = counted_staff.school_year
            and owed.district_code = counted_staff.district_code
            and owed.ownership = counted_staff.ownership

),

-- what the committee may see: means with too few people behind them are hidden
pay as (

    select
        published.*,
        coalesce(counted_staff.pay_known, 0) as pay_known
    from {{ ref('committee_district_kindergarten_pay') }} as published
    left join {{ ref('int_kindergarten_answers') }} as counted_staff
        on
            published.school_year = counted_staff.school_year
            and published.district_code = counted_staff.district_code
            and published.ownership = counted_staff.ownership

),

-- undetermined schools are due and not at hand: the rate isn't known until they are determined
compliance as (

    select
        school_year,
        district_code,
        stage,
        compliance_rate as value,
        cast(schools_compliant as double) as numerator,
        cast(schools_compliant + schools_not_compliant as double) as denominator,
        schools_compliant + schools_not_compliant as reports_available,
        schools_in_scope as reports_due
    from {{ ref('int_district_compliance') }}

),

variations as (

    select
        school_year,
        district_code,
        stage,
        cast(sum(case when cv_status = 'met' then 1 else 0 end) as double) as numerator,
        cast(count(*) as double) as denominator,
        min(schools_available) as reports_available,
        max(schools_in_scope) as reports_due
    from {{ ref('int_district_indicators') }}
    where cv_limit is not null
    group by school_year, district_code, stage
    -- with a variation that isn't determined yet, the number of those within their limit isn't known
    having sum(case when cv_status in ('met', 'not_met') then 0 else 1 end) = 0

),

teachers as (

    select
        reported.*,
        reported.schools as reports_available,
        reported.schools_due as reports_due
    from {{ ref('int_vocational_teachers') }} as reported

),

-- a fiscal year is known once it is over
finance as (

    select
        district_code,
        make_date(fiscal_year, 12, 31) as observed_on,
        education_outlay_growth_above_city,
        case
            when outlay_status <> 'not_available' and outlay_per_student_status <> 'not_available'
                then
                    case when outlay_status = 'met' then 1 else 0 end
                    + case when outlay_per_student_status = 'met' then 1 else 0 end
        end as never_decrease
    from {{ ref('int_education_finance') }}

),

-- the question that fewest are satisfied with, of what one body asked in a round
surveyed as (

    select
        district_code,
        surveyed_by,
        cast(satisfied as double) as numerator,
        cast(respondents as double) as denominator,
        satisfied_share,
        satisfied_share_low as value_low,
        satisfied_share_high as value_high,
        max(surveyed_on) over (partition by district_code, survey_round, coalesce(surveyed_by, '')) as observed_on,
        count(satisfied_share) over (
            partition by district_code, survey_round, coalesce(surveyed_by, '')
        ) as reports_available,
        row_number() over (
            partition by district_code, survey_round, coalesce(surveyed_by, '')
            order by satisfied_share nulls last, question nulls last
        ) as place
    from {{ ref('int_satisfaction') }}
    where question in ('{{ safety_questions | join("', '") }}')

),

satisfaction as (

    select
        *,
        {{ safety_questions | length }} as reports_due
    from surveyed
    where place = 1

),

works_reported as (

    select distinct
        district_code,
        item_number,
        reporting_month
    from {{ ref('int_work_figures') }}
    where is_reported

),

-- the kind of work that is furthest behind its plan, by every month that has a return
works_to_date as (

    select
        works.district_code,
        works.item_number,
        works.work_code,
        months.observed_on,
        cast(sum(works.done) as double) as numerator,
        cast(sum(works.planned) as double) as denominator
    from months
    inner join works_reported
        on
            months.district_code = works_reported.district_code
            and months.reporting_month = works_reported.reporting_month
    inner join {{ ref('int_work_figures') }} as works
        on
            works_reported.district_code = works.district_code
            and works_reported.item_number = works.item_number
            and works_reported.reporting_month >= works.reporting_month
    where works.planned is not null
    group by works.district_code, works.item_number, works.work_code, months.observed_on
    having sum(works.planned) > 0

),

works_in_order as (

    select
        *,
        row_number() over (
            partition by district_code, item_number, observed_on
            order by numerator / denominator nulls first, work_code nulls last
        ) as place
    from works_to_date

),

works as (

    select * from works_in_order
    where place = 1

),

-- the kind of check that fewest of the schools due have done
safety_by_duty as (

    select
        duties.district_code,
        months.observed_on,
        {{ month_counts_from(
            'months.month_end', 'duties.due_on', 'duties.due_on is null or duties.schools_reported = duties.schools_due'
        ) }} as known_on,
        cast(duties.schools_complete as double) as numerator,
        cast(duties.schools_due as double) as denominator,
        duties.schools_reported as reports_available,
        duties.schools_due as reports_due,
        row_number() over (
            partition by duties.district_code, months.observed_on
            order by cast(duties.schools_complete as double) / duties.schools_due nulls last, duties.duty nulls last
        ) as place
    from {{ ref('int_safety_duties') }} as duties
    inner join months
        on
            duties.district_code = months.district_code
            and duties.reporting_month = months.reporting_month
    where duties.is_check and duties.schools_due > 0

),

safety as (

    select safety_by_duty.*
    from safety_by_duty
    cross join {{ ref('stg_build_context') }} as build_context
    where safety_by_duty.place = 1 and safety_by_duty.known_on <= build_context.as_of

),

united as (

    {% for figure, relation, condition, columns in figures -%}
        select
            district_code,
            '{{ figure }}' as figure_code,
            {{ 'item_number' if relation in of_items else 'cast(null as string)' }} as item_number,
            {{ columns.day or 'observed_on' }} as observed_on,
            {{ columns.known or columns.day or 'observed_on' }} as known_on,
            {{ columns.series or 'cast(null as string)' }} as series,
            cast({{ columns.value }} as double) as value,
            cast({{ columns.numerator or 'null' }} as double) as numerator,
            cast({{ columns.denominator or 'null' }} as double) as denominator,
            cast({{ columns.available or 'null' }} as bigint) as reports_available,
            cast({{ columns.due or 'null' }} as bigint) as reports_due,
            cast({{ columns.low or 'null' }} as double) as value_low,
            cast({{ columns.high or 'null' }} as double) as value_high,
            cast({{ columns.told or 'null' }} as date) as told_on
        from {{ relations.get(relation, relation) }}
        where {{ condition }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- the last day by which the return after this one has to be in: a figure is out of date after it
final as (

    select
        united.*,
        coalesce({{ larger_of('united.told_on', 'receipts.received_on') }}, united.told_on, receipts.received_on)
            as received_on,
        case
            when feeds.due_within_days is null then null
            when feeds.cycle = 'yearly'
                then {{ days_after("united.observed_on + interval '1' year", 'feeds.due_within_days') }}
            when feeds.cycle = 'monthly'
                then {{ days_after("last_day(cast(united.observed_on + interval '1' month as date))", 'feeds.due_within_days') }}
        end as next_due_on
    from united
    inner join {{ ref('rectification_figures') }} as kinds on united.figure_code = kinds.figure_code
    left join {{ ref('stg_feeds') }} as feeds on kinds.source_feed = feeds.feed
    left join {{ ref('int_figure_receipts') }} as receipts
        on
            united.figure_code = receipts.figure_code
            and united.district_code = receipts.district_code
            and united.observed_on = receipts.observed_on
    where
        united.value is not null
        -- what was due is put off: the share of before says nothing of the day any more
        or united.figure_code = 'milestones_due_achieved_share'

)

select * from final
