-- sqlfluff:templater:jinja:context:school_year:2024
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:[('school_code', 'varchar')]
-- Rows of one version, in the types of the feed.
insert into accepted.{{ feed }} (school_year, {% for name, _ in columns %}{{ name }}, {% endfor %}row_number, part)
select
    {{ school_year }} as school_year,
    {% for name, kind in columns %}
        cast({{ name }} as {{ kind }}) as {{ name }},
    {% endfor %}
    row_number,
    part
from given
