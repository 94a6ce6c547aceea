{#
  Wilson's interval at 95 % of a share that was found among `sampled` people: its lower and upper end. The only place
  of its arithmetic. Null where the share or the number of people isn't known.
#}
{% macro wilson_low(share, sampled) -%}
    {{ wilson_end(share, sampled, '-') }}
{%- endmacro %}

{% macro wilson_high(share, sampled) -%}
    {{ wilson_end(share, sampled, '+') }}
{%- endmacro %}

{% macro wilson_end(share, sampled, sign) -%}
    {%- set z = 'cast(1.959963984540054 as double)' -%}
    {%- set n = 'nullif(cast(' ~ sampled ~ ' as double), 0)' -%}
    (
        {{ share }} + {{ z }} * {{ z }} / (2 * {{ n }})
        {{ sign }} {{ z }} * sqrt({{ share }} * (1 - {{ share }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }}))
    ) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}
