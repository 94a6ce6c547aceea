{#
  Long form of a wide relation, nulls kept. The rows of one wide row stay together, so that grouping them again is fast;
  with one select per column the rows of a school would be far apart.
  `codes` become the column `code_name`; in `values` each new column has the pattern of its source columns.
#}
{% macro unpivot_keeping_nulls(relation, keys, code_name, codes, values) -%}
    select
        {% for key in keys %}wide.{{ key }}, {% endfor %}
        codes.{{ code_name }},
        {%- for name, pattern in values.items() %}
        case codes.{{ code_name }}
            {%- for code in codes %}
            when '{{ code }}' then wide.{{ pattern.replace('*', code) }}
            {%- endfor %}
        end as {{ name }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }} as wide
    cross join (
        {%- for code in codes %}
        select '{{ code }}' as {{ code_name }}
        {%- if not loop.last %} union all{% endif %}
        {%- endfor %}
    ) as codes
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
