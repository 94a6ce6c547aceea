{# Finds rows that share a grain, or lack a part of it; when it fails, a join multiplied rows: look at the keys it lists.
   `may_be_missing` names the parts that a return may leave blank (a town), or that a file may not have (a year). #}
{% test unique_grain(model, columns, may_be_missing=[]) %}
select {{ columns | join(", ") }}, count(*) as times
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
    {%- for column in columns if column not in may_be_missing %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}

{# Finds values that are not finite; when it fails, a denominator lacks its nullif. #}
{% test finite(model, column_name) %}
select *
from {{ model }}
where {{ column_name }} is not null and not ({{ column_name }} > -1e300 and {{ column_name }} < 1e300)
{% endtest %}

{# Finds shares outside 0 to 1. #}
{% test is_share(model, column_name) %}
select *
from {{ model }}
where {{ column_name }} < 0 or {{ column_name }} > 1 + 1e-9
{% endtest %}

{# Finds standards whose years overlap, and rows without a threshold; when it fails, close the older row with valid_to,
   or fill in the threshold: an empty one would judge nothing without a word. #}
{% test no_overlapping_validity(model) %}
select a.indicator_code, a.measure, a.stage, a.school_kind, a.valid_from, b.valid_from as other_valid_from
from {{ model }} as a
inner join {{ model }} as b
    on
        a.indicator_code = b.indicator_code
        and a.measure = b.measure
        and a.stage = b.stage
        and a.school_kind = b.school_kind
        and a.jurisdiction = b.jurisdiction
        and a.valid_from <= coalesce(b.valid_to, 9999)
        and b.valid_from <= coalesce(a.valid_to, 9999)
        and (a.valid_from <> b.valid_from or a.threshold <> b.threshold)
union all
select indicator_code, measure, stage, school_kind, valid_from, null as other_valid_from
from {{ model }}
where threshold is null
{% endtest %}

{#
  Finds what no model knows in the coded columns of a seed: a word that is not in its list, a key without its row, a blank.
  `words`: column → what may be written. `keys`: column → table and column in which it stands.
#}
{% test coded_columns(model, words={}, keys={}, may_be_blank=[]) %}
{% for column, known in words.items() -%}
select '{{ column }}' as column_name, {{ column }} as value
from {{ model }}
where {{ column }} not in ('{{ known | join("', '") }}') {{ "or " ~ column ~ " is null" if column not in may_be_blank }}
    {{- "\nunion all" if not loop.last or keys }}
{% endfor -%}
{% for column, place in keys.items() -%}
select '{{ column }}' as column_name, coded.{{ column }} as value
from {{ model }} as coded
left join (select distinct {{ place[1] }} as known from {{ ref(place[0]) }}) as known on coded.{{ column }} = known.known
where {{ "known.known is null" if column not in may_be_blank else "known.known is null and coded." ~ column ~ " is not null" }}
    {{- "\nunion all" if not loop.last }}
{% endfor -%}
{% endtest %}

{# Finds rows of a standard whose direction differs from that of its other rows. #}
{% test one_direction(model, columns) %}
select {{ columns | join(", ") }}, min(direction) as direction, max(direction) as other_direction
from {{ model }}
group by {{ columns | join(", ") }}
having min(direction) <> max(direction)
{% endtest %}

{# Finds standards whose direction is not one of those in which their measure is compared. #}
{% test directions_of_measures(model, directions) %}
select indicator_code, measure, stage, valid_from, direction
from {{ model }}
where
    {% for measure, words in directions.items() -%}
    (measure = '{{ measure }}' and direction not in ('{{ words | join("', '") }}'))
    {{- " or " if not loop.last }}
    {% endfor %}
{% endtest %}
