{# True where a mean of pay has at least one person, but too few for the committee to see it. #}
{% macro is_too_few(heads) -%}
    ({{ heads }} >= 1 and {{ heads }} < {{ var('minimum_people') }})
{%- endmacro %}
