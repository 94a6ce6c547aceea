-- What: shares of the plan's marts outside 0 to 1.
-- Matters: a rate above 100 % is wrong wherever it is printed.
-- Resolve: the numerator counts what its denominator leaves out.
{% set shares = [
    ('fct_safety_duties', 'done_share'),
    ('fct_safety_duties', 'done_share_of_reports'),
    ('fct_satisfaction', 'satisfied_share'),
    ('fct_monitoring_results', 'level_three_share'),
    ('fct_monitoring_results', 'city_level_three_share'),
    ('fct_education_finance', 'education_outlay_share'),
    ('fct_group_differences', 'within_share'),
    ('fct_vocational_teachers', 'dual_qualified_teacher_share'),
    ('fct_vocational_teachers', 'specialised_teacher_share'),
    ('fct_vocational_teachers', 'senior_title_teacher_share')
] %}

{% for table, share in shares %}
    select
        '{{ table }}.{{ share }}' as place,
        {{ share }} as found
    from {{ ref(table) }}
    where {{ share }} < 0 or {{ share }} > 1 + 1e-9
    {{ 'union all' if not loop.last }}
{% endfor %}
