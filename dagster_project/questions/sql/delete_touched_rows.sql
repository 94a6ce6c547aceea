-- sqlfluff:templater:jinja:context:school_year:2024
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:unit:['school_code', 'stage']
-- Rows in force of the units that either version has rows of.
delete from accepted.{{ feed }} as a
using touched as t
where
    a.school_year = {{ school_year }}
    {% for name in unit %}
        and a.{{ name }} = t.{{ name }}
    {% endfor %}
