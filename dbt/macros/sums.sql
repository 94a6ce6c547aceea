{# Sum over members, missing as soon as one of them is: a part is never taken for the whole. #}
{% macro sum_if_complete(column) -%}
    case when count(*) = count({{ column }}) then cast(sum({{ column }}) as double) end
{%- endmacro %}

{#
  Numeric threshold rows of one measure that may be judged by: the national ones, and those of the
  jurisdiction that the variable names, which take over from their first year on.
#}
{% macro judged_standards(measure) -%}
    select
        judged.indicator_code,
        judged.stage,
        judged.school_kind,
        judged.threshold,
        judged.direction,
        judged.valid_from,
        case
            when
                judged.jurisdiction = 'national'
                and own.first_year is not null
                and coalesce(judged.valid_to, own.first_year) >= own.first_year
                then own.first_year - 1
            else judged.valid_to
        end as valid_to
    from {{ ref('standards') }} as judged
    left join (
        select
            indicator_code,
            stage,
            school_kind,
            min(valid_from) as first_year
        from {{ ref('standards') }}
        where
            measure = '{{ measure }}'
            and confidence in ('high', 'medium')
            and jurisdiction = '{{ var("jurisdiction") }}'
            and jurisdiction <> 'national'
        group by indicator_code, stage, school_kind
    ) as own
        on
            judged.indicator_code = own.indicator_code
            and judged.stage = own.stage
            and judged.school_kind = own.school_kind
    where
        judged.measure = '{{ measure }}'
        and judged.confidence in ('high', 'medium')
        and judged.jurisdiction in ('national', '{{ var("jurisdiction") }}')
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

{#
  The smaller and the larger of two values, missing if one of them is. `least` and `greatest` leave out what is missing:
  a blank "done" beside a due of 5 would count as 5 done.
#}
{% macro smaller_of(one, other) -%}
    case when {{ one }} is not null and {{ other }} is not null then least({{ one }}, {{ other }}) end
{%- endmacro %}

{% macro larger_of(one, other) -%}
    case when {{ one }} is not null and {{ other }} is not null then greatest({{ one }}, {{ other }}) end
{%- endmacro %}
