{#
  The only place where a value is compared with a limit. Equal counts as reached, whatever binary
  floating point makes of it: the tolerance is relative and far above rounding noise, far below a cent.
  (Heads and class sizes are small whole numbers or one division of them: those compare exactly as they are.)
#}
{% macro reaches(value, limit) -%}
    ({{ value }} >= {{ limit }} - 1e-12 * abs({{ limit }}))
{%- endmacro %}

{% macro stays_within(value, limit) -%}
    ({{ value }} <= {{ limit }} + 1e-12 * abs({{ limit }}))
{%- endmacro %}

{# How far a value is above another one: 0 where they are equal. What is left of two values by rounding has their size, so a
   difference can't be told from 0 by its own. #}
{% macro difference(value, other) -%}
    case
        when {{ reaches(value, other) }} and {{ stays_within(value, other) }} then cast(0 as double)
        else {{ value }} - ({{ other }})
    end
{%- endmacro %}

{# The verdict in the direction of a standard. The seeds are checked for other words, so there is no word without a verdict. #}
{% macro is_reached(value, limit, direction) -%}
    case {{ direction }}
        when 'at_least' then {{ reaches(value, limit) }}
        when 'at_most' then {{ stays_within(value, limit) }}
        when 'below' then not {{ reaches(value, limit) }}
        when 'exactly' then {{ reaches(value, limit) }} and {{ stays_within(value, limit) }}
    end
{%- endmacro %}

{# Status of a figure that is held against a standard. #}
{% macro status_of(value, threshold, direction) -%}
    case
        when {{ threshold }} is null then 'not_applicable'
        when {{ value }} is null then 'not_available'
        when {{ is_reached(value, threshold, direction) }} then 'met'
        else 'not_met'
    end
{%- endmacro %}

{# How near a value is to its limit: 1 where it just reaches it, less where it does not. What may be at most 20 and is 25
   is at 20/25. Missing where it would be divided by zero. #}
{% macro ratio_to_limit(value, limit, direction) -%}
    case
        when {{ direction }} = 'at_most' then {{ limit }} / nullif({{ value }}, 0)
        else {{ value }} / nullif({{ limit }}, 0)
    end
{%- endmacro %}

{# The limit of which only a share has to be reached: that share of what is at least wanted; what is at most allowed, divided by it. #}
{% macro eased_limit(limit, share, direction) -%}
    case when {{ direction }} = 'at_most' then {{ limit }} / {{ share }} else {{ limit }} * {{ share }} end
{%- endmacro %}

{#
  Smallest number of steps, times the step, that brings `have` up to `need`; 0 when it is there already. What has to come
  down is given with both its signs turned. The quotient may be slightly off a whole number in floating point, so its
  neighbours are compared too.
#}
{% macro steps_needed(need, have, step) -%}
    {%- set steps -%} ceil(({{ need }} - {{ have }}) / {{ step }}) {%- endset -%}
    case
        when {{ reaches(have, need) }} then cast(0 as double)
        when {{ reaches(have ~ " + (" ~ steps ~ " - 1) * " ~ step, need) }}
            then round(({{ steps }} - 1) * {{ step }}, 2)
        when {{ reaches(have ~ " + " ~ steps ~ " * " ~ step, need) }}
            then round({{ steps }} * {{ step }}, 2)
        else round(({{ steps }} + 1) * {{ step }}, 2)
    end
{%- endmacro %}

{# Round half up, as the official forms do, guarding against a half stored a hair below. #}
{% macro half_up(value, decimals) -%}
    (floor({{ value }} * power(10, {{ decimals }}) * (1 + 1e-12) + 0.5) / power(10, {{ decimals }}))
{%- endmacro %}

{# The end of an interval that is further from its goal, and the one that is nearer. #}
{% macro worse_end(low, high, direction) -%}
    case when {{ direction }} = 'at_most' then {{ high }} else {{ low }} end
{%- endmacro %}

{% macro better_end(low, high, direction) -%}
    case when {{ direction }} = 'at_most' then {{ low }} else {{ high }} end
{%- endmacro %}
