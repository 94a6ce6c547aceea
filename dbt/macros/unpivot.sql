{#
  Long form of a wide relation, nulls kept: one select a column.
  `columns` maps the code that becomes `code_name` to the source columns of the value columns.
#}
{% macro unpivot_keeping_nulls(relation, keys, code_name, codes, values) -%}
    {%- for code in codes %}
    select
        {% for key in keys %}{{ key }}, {% endfor %}
        '{{ code }}' as {{ code_name }},
        {%- for name, pattern in values.items() %}
        {{ pattern.replace('*', code) }} as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# Columns that a model's YAML describes as indicators, in the order written there. #}
{% macro indicator_columns(model_name) -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for name, column in graph.nodes['model.junheng.' ~ model_name].columns.items() -%}
            {%- if name not in ('school_year', 'school_code', 'stage') -%}
                {%- do found.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found if found else ['placeholder']) }}
{%- endmacro %}
