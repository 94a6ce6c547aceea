-- What: figures that are judged as reached although not everybody who owes a return has sent it.
--   What a document proves waits for no return.
-- Matters: a school that sends nothing would improve what the district is told.
-- Resolve: what is due is made of the register and who owes the return (int_school_stages), never of the returns at hand.
{{ config(meta={'label_zh': '有数还没报齐，就判为达标'}) }}
{% set verdicts = [
    ('fct_government_items', 'school_year', 'item_code', 'status', 'met', 'reports_due', 'reports_available',
        "proof_kind = 'figure'"),
    ('fct_preschool_universality', 'school_year', 'figure_code', 'status', 'met', 'reports_due', 'reports_available', 'true'),
    ('fct_vocational_teachers', 'school_year', "'dual_qualified'", 'dual_qualified_status', 'met', 'schools_due', 'schools', 'true'),
    ('fct_vocational_teachers', 'school_year', "'specialised'", 'specialised_status', 'met', 'schools_due', 'schools', 'true'),
    ('fct_vocational_teachers', 'school_year', "'senior_title'", 'senior_title_status', 'met', 'schools_due', 'schools', 'true'),
    ('fct_target_paths', 'school_year', 'target_code', 'status', 'reached', 'reports_due', 'reports_available', 'true')
] %}

{% for table, period, code, status, word, due, available, condition in verdicts %}
    select
        '{{ table }}.{{ status }}' as place,
        district_code,
        cast({{ period }} as string) as period,
        {{ code }} as figure_code
    from {{ ref(table) }}
    where {{ status }} = '{{ word }}' and {{ available }} < {{ due }} and {{ condition }}
    {{ 'union all' if not loop.last }}
{% endfor %}
