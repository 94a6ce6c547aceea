-- What: statuses of the plan's marts that are missing, or that are no word of their list (one statement, as for the grains).
-- Matters: a page or a workbook would have no text or colour for them.
-- Resolve: add the word to the list and to the pages' texts, or correct the CASE that made it.
{{ config(meta={'label_zh': '整改成果表有不认识的状态'}) }}
{% set judged = ('met', 'not_met', 'not_available', 'not_applicable') %}
{% set figures = ('met', 'not_met', 'not_decided', 'not_available', 'not_applicable') %}
{% set days = ('current', 'out_of_date', 'before_begin', 'none') %}
{% set reasons = ('done', 'overdue', 'milestone_overdue', 'target_unmet', 'due_soon', 'no_deadline', 'on_time') %}
{% set requirements = ('target', 'not_worse', 'none') %}
{% set states = ('to_start', 'in_progress', 'to_review', 'closed', 'exempt') %}
{% set class_states = ('to_start', 'in_progress', 'to_verify', 'closed') %}
{% set lights = ('green', 'yellow', 'red', 'none') %}
{% set columns = [
    ('fct_class_ledger', 'state', class_states),
    ('fct_class_ledger', 'light', lights),
    ('fct_claim_differences', 'status', ('agrees', 'differs', 'explained', 'not_comparable')),
    ('fct_education_finance', 'outlay_status', judged),
    ('fct_education_finance', 'outlay_per_student_status', judged),
    ('fct_government_items', 'status', judged),
    ('fct_hazards', 'state', states),
    ('fct_hazards', 'light', lights),
    ('fct_milestones', 'status', ('on_time', 'late', 'overdue', 'not_due')),
    ('fct_milestones', 'light', lights),
    ('fct_monitoring_results', 'between_school_status', judged),
    ('fct_preschool_universality', 'status', judged),
    ('fct_rectification_ledger', 'state', states),
    ('fct_rectification_ledger', 'light', lights),
    ('fct_rectification_measures', 'state', states),
    ('fct_rectification_measures', 'light', lights),
    ('fct_rectification_measures', 'light_reason_code', reasons),
    ('fct_rectification_ledger', 'light_reason_code', reasons),
    ('fct_rectification_measures', 'figure_status', figures),
    ('fct_rectification_measures', 'figure_day_status', days),
    ('fct_rectification_measures', 'requirement_kind', requirements),
    ('fct_rectification_measures', 'evidence_status', ('in_vault', 'missing', 'none')),
    ('fct_monitoring_results', 'city_comparison', ('above', 'below', 'not_decided', 'not_available')),
    ('fct_rectification_states', 'state', states),
    ('fct_school_sizes', 'status', judged),
    ('fct_special_rooms', 'status', judged),
    ('fct_vocational_teachers', 'dual_qualified_status', judged),
    ('fct_vocational_teachers', 'specialised_status', judged),
    ('fct_vocational_teachers', 'senior_title_status', judged),
    ('fct_reports_due', 'status', ('issued', 'issued_late', 'missing', 'not_yet_due')),
    ('fct_target_paths', 'status', ('start', 'reached', 'on_path', 'behind', 'due_unmet', 'not_available')),
    ('fct_kindergarten_standards', 'size_status', judged),
    ('fct_kindergarten_standards', 'staffing_status', judged)
] %}

{% for table, status, words in columns %}
    select
        '{{ table }}.{{ status }}' as place,
        {{ status }} as found
    from {{ ref(table) }}
    where {{ status }} is null or {{ status }} not in ('{{ words | join("', '") }}')
    {{ 'union all' if not loop.last }}
{% endfor %}
