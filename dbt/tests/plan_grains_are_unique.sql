-- What: rows of the plan's marts that share their grain (one statement: each test of its own costs every run a fixed time).
-- Matters: a figure would be counted twice.
-- Resolve: a join multiplied rows; look at the table it names.
{{ config(meta={'label_zh': '整改成果表有重复的行'}) }}
{% set grains = [
    ('fct_special_rooms', 'school_year, school_code, stage, room_kind'),
    ('fct_school_sizes', 'school_year, school_code'),
    ('fct_school_hazards', 'school_code, ledger_year, hazard_kind'),
    ('fct_rectification_summary', 'reporting_month, district_code'),
    ('fct_district_class_ledger', 'reporting_month, district_code, stage'),
    ('fct_rectification_measures', 'reporting_month, district_code, item_number, measure_number'),
    ('fct_rectification_ledger', 'reporting_month, district_code, item_number'),
    ('fct_rectification_states', 'district_code, item_number, measure_number, valid_from'),
    ('fct_open_matters', 'district_code, matter_kind, matter_number'),
    ('fct_monthly_changes', 'reporting_month, district_code, count_code'),
    ('fct_department_progress', 'reporting_month, district_code, department'),
    ('fct_milestones', 'district_code, milestone_number'),
    ('fct_claim_differences', 'claim_code, district_code, school_code, claim_year'),
    ('fct_work_figures', 'reporting_month, district_code, work_code'),
    ('fct_class_ledger', 'school_code, stage, entry_school_year, class_name'),
    ('fct_town_class_ledger', 'district_code, town, stage'),
    ('fct_hazards', 'school_code, hazard_number'),
    ('fct_district_hazards', 'reporting_month, district_code, hazard_kind'),
    ('fct_safety_duties', 'reporting_month, district_code, duty'),
    ('fct_returns_due', 'district_code, feed, period, school_code'),
    ('fct_satisfaction', 'district_code, survey_round, question'),
    ('fct_monitoring_results', 'district_code, monitoring_year, stage, subject'),
    ('fct_education_finance', 'district_code, fiscal_year'),
    ('fct_government_items', 'school_year, district_code, item_code'),
    ('fct_preschool_universality', 'school_year, district_code, figure_code'),
    ('fct_school_groups', 'district_code, group_kind, group_name'),
    ('fct_group_differences', 'school_year, district_code, stage, indicator_code'),
    ('fct_vocational_teachers', 'school_year, district_code'),
    ('fct_vocational_site_plans', 'school_code, plan_year, condition_code'),
    ('fct_group_members', 'district_code, group_kind, group_name, school_code'),
    ('fct_reports_due', 'district_code, report_kind, period_ends_on'),
    ('fct_source_rows', 'district_code, feed, school_code, observed_on, source_file, sheet'),
    ('fct_target_paths', 'school_year, district_code, target_code, target_year'),
    ('fct_kindergarten_standards', 'school_year, school_code')
] %}

{% for table, columns in grains %}
    select
        '{{ table }}' as mart,
        count(*) as times
    from {{ ref(table) }}
    group by {{ columns }}
    having count(*) > 1
    {{ 'union all' if not loop.last }}
{% endfor %}
