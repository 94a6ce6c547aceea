{# Finds rows that share a grain; when it fails, a join multiplied rows: look at the keys it lists. #}
{% test unique_grain(model, columns) %}
select {{ columns | join(", ") }}, count(*) as times
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}

{# Finds values that are not finite; when it fails, a denominator lacks its nullif. #}
{% test finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} is not null and not ({{ column_name }} > -1e300 and {{ column_name }} < 1e300)
{% endtest %}

{# Finds shares outside 0 to 1. #}
{% test is_share(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0 or {{ column_name }} > 1 + 1e-9
{% endtest %}
