{#
  All statements of a key with the days on which each held: [valid_from, valid_to), open at the beginning of the first one
  and at the end of the one in force. `replaced` has the columns of `rows`, and then `replaced_on`.
#}
{% macro versions_of(rows, replaced, key) -%}
with united as (

    select
        *,
        cast(null as date) as valid_to
    from {{ rows }}
    union all
    select * from {{ replaced }}

),

final as (

    select
        *,
        lag(valid_to) over (partition by {{ key | join(', ') }} order by valid_to nulls last) as valid_from,
        row_number() over (partition by {{ key | join(', ') }} order by valid_to nulls last) as version
    from united

)

select * from final
{%- endmacro %}

{# Whether a statement held on a day. #}
{% macro held_on(versions, day) -%}
    (
        coalesce({{ versions }}.valid_from <= {{ day }}, true)
        and coalesce({{ day }} < {{ versions }}.valid_to, true)
    )
{%- endmacro %}

{# Whether a register listed a school on a day; `registers` has the columns of int_registers_in_force. #}
{% macro listed_on(registers, day) -%}
    (
        coalesce({{ registers }}.in_force_from <= {{ day }}, true)
        and coalesce({{ day }} < {{ registers }}.in_force_to, true)
    )
{%- endmacro %}
