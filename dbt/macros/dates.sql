{# Whole days from one date to another; engines disagree on the name. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between', 'junheng')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    date_diff('day', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__days_between(first, last) -%}
    cast(datediff({{ last }}, {{ first }}) as bigint)
{%- endmacro %}

{# A date's month as text, 2024-03. #}
{% macro month_text(day) -%}
    {{ return(adapter.dispatch('month_text', 'junheng')(day)) }}
{%- endmacro %}

{% macro default__month_text(day) -%}
    strftime({{ day }}, '%Y-%m')
{%- endmacro %}

{% macro spark__month_text(day) -%}
    date_format({{ day }}, 'yyyy-MM')
{%- endmacro %}

{# First day of a month written as text. #}
{% macro month_start(month) -%}
    cast(concat({{ month }}, '-01') as date)
{%- endmacro %}

{# School year a day belongs to: it starts in September. #}
{% macro school_year_of(day) -%}
    (year({{ day }}) - case when month({{ day }}) < 9 then 1 else 0 end)
{%- endmacro %}

{# The day that the yearly statistics are about: the first of September. #}
{% macro statistics_day(school_year) -%}
    make_date({{ school_year }}, 9, 1)
{%- endmacro %}

{# First day of the term that a day belongs to: terms begin on 1 September and on 1 March. #}
{% macro term_start(day) -%}
    case
        when month({{ day }}) >= 9 then make_date(year({{ day }}), 9, 1)
        when month({{ day }}) >= 3 then make_date(year({{ day }}), 3, 1)
        else make_date(year({{ day }}) - 1, 9, 1)
    end
{%- endmacro %}

{# Level of a grade: 1 to 12 in schools; a class keeps school year minus level over the years. #}
{% macro grade_level(grade) -%}
    case {{ grade }}
        when 'nursery' then 1
        when 'junior_kindergarten' then 2
        when 'middle_kindergarten' then 3
        when 'senior_kindergarten' then 4
        when 'mixed_age' then null
        when 'multigrade' then null
        else cast({{ grade }} as integer)
    end
{%- endmacro %}

{# True in the last thirty days until a deadline, and on its own day. #}
{% macro is_due_soon(deadline, day) -%}
    ({{ deadline }} >= {{ day }} and {{ days_between(day, deadline) }} <= 30)
{%- endmacro %}

{# Light of an open task on a day: red after its deadline, yellow in the last thirty days. #}
{% macro light(is_done, deadline, day) -%}
    case
        when {{ is_done }} then 'green'
        when {{ deadline }} is null then 'none'
        when {{ deadline }} < {{ day }} then 'red'
        when {{ is_due_soon(deadline, day) }} then 'yellow'
        else 'green'
    end
{%- endmacro %}

{# Light of a measure or an item, from the worst that holds of it. #}
{% macro light_of_reason(reason) -%}
    case
        when {{ reason }} in ('overdue', 'milestone_overdue', 'target_unmet') then 'red'
        when {{ reason }} = 'due_soon' then 'yellow'
        when {{ reason }} = 'no_deadline' then 'none'
        else 'green'
    end
{%- endmacro %}

{# A number of days after a day; engines disagree on how a day is added. #}
{% macro days_after(day, days) -%}
    {{ return(adapter.dispatch('days_after', 'junheng')(day, days)) }}
{%- endmacro %}

{% macro default__days_after(day, days) -%}
    cast(cast({{ day }} as date) + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__days_after(day, days) -%}
    date_add(cast({{ day }} as date), cast({{ days }} as integer))
{%- endmacro %}

{# The day from which a month's returns count: its end where all are in, or the day after they were due. #}
{% macro month_counts_from(month_end, due_on, is_whole) -%}
    case when {{ is_whole }} then {{ month_end }} else {{ days_after(due_on, 1) }} end
{%- endmacro %}

{# The period that each row of a relation is a return of: its month, the first month of its term, or its year. #}
{% macro periods_of(model, year_column) -%}
    select
        returns.feed,
        returns.school_code,
        returns.district_code,
        case
            when feeds.cycle = 'term'
                then {{ month_text(term_start(month_start('returns.reporting_month'))) }}
            else coalesce(returns.reporting_month, cast(returns.{{ year_column }} as string))
        end as period
    from {{ ref(model) }} as returns
    inner join {{ ref('stg_feeds') }} as feeds on returns.feed = feeds.feed
{%- endmacro %}

{#
  Whether so many checks can have been due in a month, by a row of safety_duty_kinds. The rule SAFETY_DUTIES_DUE_PLAUSIBLE
  (expectations/sql/safety_duties_experience.sql) says so at the cell, by the same rows.
#}
{% macro is_due_often_enough(kinds, due, month_start) -%}
    case
        when concat(' ', {{ kinds }}.vacation_months, ' ') like concat('% ', cast(month({{ month_start }}) as string), ' %') then true
        when {{ kinds }}.least_due_share_of_days is not null
            then {{ due }} >= {{ kinds }}.least_due_share_of_days * day(last_day({{ month_start }}))
        when {{ kinds }}.least_due is not null then {{ due }} >= {{ kinds }}.least_due
        else true
    end
{%- endmacro %}

{# Whether a return is asked for in a school year; `feeds` is a relation with `first_school_year`, which most feeds have none of. #}
{% macro is_asked_for_in(school_year) -%}
    {{ school_year }} >= coalesce(feeds.first_school_year, {{ school_year }})
{%- endmacro %}
