-- sqlfluff:templater:jinja:context:codes:["area"]
-- sqlfluff:templater:jinja:context:columns:["name_zh", "stage"]
-- The matrix of each district as JSON: one row per unit, then the value and the status of each indicator.
with figures as (
    select
        {% for code in codes %}
            max(case when f.indicator_code = '{{ code }}' then f.value end) as v{{ loop.index }},
            max(case when f.indicator_code = '{{ code }}' then f.status end) as s{{ loop.index }},
        {% endfor %}
        f.school_code,
        f.stage
    from marts.fct_school_indicators as f
    inner join temp.site_schools as s on f.school_year = s.school_year and f.school_code = s.school_code
    group by f.school_code, f.stage
),

units as (
    select
        {% for code in codes %}
            figures.v{{ loop.index }},
            figures.s{{ loop.index }},
        {% endfor %}
        s.*,
        c.stage,
        c.students,
        c.indicators_met,
        c.indicators_available,
        c.lowest_ratio,
        c.status
    from temp.site_schools as s
    inner join marts.fct_school_compliance as c on s.school_year = c.school_year and s.school_code = c.school_code
    inner join figures on c.school_code = figures.school_code and c.stage = figures.stage
)

select
    district_code,
    to_json({
        'columns': [
            {% for column in columns %}'{{ column }}', {% endfor %}
            {% for code in codes %}'v:{{ code }}', {% endfor %}
            {% for code in codes %}'s:{{ code }}'{{ ", " if not loop.last }}{% endfor %}
        ],
        'rows': list(
            json_array(
                {% for column in columns %}{{ column }}, {% endfor %}
                {% for code in codes %}v{{ loop.index }}, {% endfor %}
                {% for code in codes %}s{{ loop.index }}{{ ", " if not loop.last }}{% endfor %}
            )
            order by town asc, name_zh asc, school_code asc, stage desc
        )
    }) as matrix
from units
group by district_code
order by district_code
