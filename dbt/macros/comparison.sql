{#
  The only place where a value is compared with a limit. Equal counts as reached, whatever binary
  floating point makes of it: the tolerance is relative and far above rounding noise, far below a cent.
#}
{% macro reaches(value, limit) -%}
    ({{ value }} >= {{ limit }} - 1e-12 * abs({{ limit }}))
{%- endmacro %}

{% macro stays_within(value, limit) -%}
    ({{ value }} <= {{ limit }} + 1e-12 * abs({{ limit }}))
{%- endmacro %}

{# Smallest number of steps that brings `have` to `need`; 0 when it is there already. #}
{% macro steps_needed(need, have, step) -%}
    case
        when {{ reaches(have, need) }} then cast(0 as double)
        else greatest(ceil(({{ need }} - {{ have }}) / {{ step }} - 1e-6), 1) * {{ step }}
    end
{%- endmacro %}

{# Round half up, as the official forms do, guarding against 0.5 stored a hair below. #}
{% macro half_up(value, decimals) -%}
    (floor({{ value }} * power(10, {{ decimals }}) + 0.5 + 1e-9) / power(10, {{ decimals }}))
{%- endmacro %}
