{#
  What refuses to close a measure on a figure. The ledger (measure_states) and the data test that watches it
  (closed_measures_are_proved) ask by these same words: whatever the data are, the ledger refuses what the test would find.
#}

{# A figure of the first day is the start itself. #}
{% macro is_before_begin(observed_on, begun_on) -%}
    coalesce({{ observed_on }} <= {{ begun_on }}, false)
{%- endmacro %}

{# A share whose denominator nobody has stated may be one of ten. #}
{% macro lacks_denominator(is_share, denominator) -%}
    (coalesce({{ is_share }}, false) and {{ denominator }} is null)
{%- endmacro %}

{% macro lacks_returns(reports_available, reports_due) -%}
    coalesce({{ reports_available }} < {{ reports_due }}, false)
{%- endmacro %}
