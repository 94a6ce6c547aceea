{# Sum over members, missing as soon as one of them is: a part is never taken for the whole. #}
{% macro sum_if_complete(column) -%}
    case when count(*) = count({{ column }}) then cast(sum({{ column }}) as double) end
{%- endmacro %}

{# Numeric threshold rows of one measure that may be judged by. #}
{% macro judged_standards(measure) -%}
    select * from {{ ref('standards') }}
    where measure = '{{ measure }}' and confidence in ('high', 'medium')
{%- endmacro %}

{# True while a standard is in force in a school year. #}
{% macro in_force(standard, school_year) -%}
    {{ standard }}.valid_from <= {{ school_year }}
    and ({{ standard }}.valid_to is null or {{ standard }}.valid_to >= {{ school_year }})
{%- endmacro %}

{# Sum over the rows of one kind: 0 if there are none, missing if none of them has a figure. #}
{% macro sum_of_kind(column, kind_column, kind) -%}
    cast(
        case
            when count(case when {{ kind_column }} = '{{ kind }}' then 1 end) = 0 then 0
            else sum(case when {{ kind_column }} = '{{ kind }}' then {{ column }} end)
        end as bigint
    )
{%- endmacro %}
