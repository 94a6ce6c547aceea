{# Schemas are named as the project says, whatever the target. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{# Two relations agree in all parts of a key. #}
{% macro same_key(one, other, columns) -%}
    {%- for column in columns %}{{ one }}.{{ column }} = {{ other }}.{{ column }}{{ " and " if not loop.last }}{% endfor -%}
{%- endmacro %}

{# Names in one cell, parted by 、, in the order of some columns; null where there are none. #}
{% macro names_in_order(name, order_by) -%}
    {{ return(adapter.dispatch('names_in_order', 'junheng')(name, order_by)) }}
{%- endmacro %}

{% macro default__names_in_order(name, order_by) -%}
    string_agg({{ name }}, '、' order by {{ order_by | join(' nulls last, ') }} nulls last)
{%- endmacro %}

{% macro spark__names_in_order(name, order_by) -%}
    listagg({{ name }}, '、') within group (order by {{ order_by | join(' nulls last, ') }} nulls last)
{%- endmacro %}

{# Whether schools are judged in a stage: those of compulsory education. #}
{% macro is_judged_stage(stage) -%}
    {{ stage }} in ('{{ var("judged_stages") | join("', '") }}')
{%- endmacro %}
