{#
  Rows of figures, one below another. Each figure is (code, relation, numerator, denominator, reports due, reports
  available, condition); a figure that is no share has no denominator.
#}
{% macro figure_rows(code_column, figures) -%}
    {% for code, relation, numerator, denominator, due, available, condition in figures -%}
        select
            school_year,
            district_code,
            '{{ code }}' as {{ code_column }},
            cast({{ numerator }} as double) as numerator,
            cast({{ denominator or 'null' }} as double) as denominator,
            cast({{ due }} as bigint) as due,
            cast({{ available }} as bigint) as available
        from {{ relation }}
        where {{ condition or 'true' }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{%- endmacro %}
