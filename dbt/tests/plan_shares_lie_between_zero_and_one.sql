-- What: shares of the plan's marts outside 0 to 1.
-- Matters: a rate above 100 % is wrong wherever it is printed.
-- Resolve: the numerator counts what its denominator leaves out.
{{ config(meta={'label_zh': '有比例不在 0–1 之间，部分大于总数'}) }}
{% set shares = [
    ('fct_safety_duties', 'reporting_month', 'done_share'),
    ('fct_safety_duties', 'reporting_month', 'done_share_of_reports'),
    ('fct_satisfaction', 'survey_round', 'satisfied_share'),
    ('fct_monitoring_results', 'monitoring_year', 'level_three_share'),
    ('fct_monitoring_results', 'monitoring_year', 'city_level_three_share'),
    ('fct_education_finance', 'fiscal_year', 'education_outlay_share'),
    ('fct_group_differences', 'school_year', 'within_share'),
    ('fct_vocational_teachers', 'school_year', 'dual_qualified_teacher_share'),
    ('fct_vocational_teachers', 'school_year', 'specialised_teacher_share'),
    ('fct_vocational_teachers', 'school_year', 'senior_title_teacher_share')
] %}

{% for table, period, share in shares %}
    select
        '{{ table }}.{{ share }}' as place,
        district_code,
        cast({{ period }} as string) as period,
        {{ share }} as found
    from {{ ref(table) }}
    where {{ share }} < 0 or {{ share }} > 1 + 1e-9
    {{ 'union all' if not loop.last }}
{% endfor %}
