{# True where somebody, but too few people, stand behind a mean of pay for the committee to see it. #}
{% macro is_too_few(heads) -%}
    ({{ heads }} >= 1 and {{ heads }} < {{ var('minimum_people') }})
{%- endmacro %}
