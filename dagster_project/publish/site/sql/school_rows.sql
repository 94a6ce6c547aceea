-- sqlfluff:templater:jinja:context:mart:fct_hazards
-- sqlfluff:templater:jinja:context:columns:["school_code", "found_on"]
-- sqlfluff:templater:jinja:context:is_latest:true
-- Rows of a mart as JSON, gathered by the part that holds their school.
select
    s.district_code,
    s.part,
    cast(
        to_json(
            list(
                json_array({% for c in columns %}t.{{ c }}{{ ", " if not loop.last }}{% endfor %})
                order by {% for c in columns %}t.{{ c }}{{ ", " if not loop.last }}{% endfor %}
            )
        ) as varchar
    ) as found
from marts.{{ mart }} as t
inner join temp.site_schools as s
    on t.school_code = s.school_code{% if is_latest %} and t.school_year = s.school_year{% endif %}

group by s.district_code, s.part
order by s.district_code, s.part
