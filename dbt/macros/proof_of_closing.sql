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

{# `while_incomplete` of the seed rectification_figures says what missing returns may change; who counts as not done is in. #}
{% macro lacks_returns(reports_available, reports_due, while_incomplete) -%}
    (coalesce({{ reports_available }} < {{ reports_due }}, false) and {{ while_incomplete }} <> 'counts_as_not_done')
{%- endmacro %}

{# Missing returns can only add to what is reached already. #}
{% macro stays_reached(while_incomplete, direction) -%}
    (
        ({{ while_incomplete }} = 'may_only_grow' and {{ direction }} = 'at_least')
        or ({{ while_incomplete }} = 'may_only_fall' and {{ direction }} = 'at_most')
    )
{%- endmacro %}
