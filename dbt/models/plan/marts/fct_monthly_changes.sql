-- Counts of the plan month by month, each beside the month before. The code of a count is the column it comes from.
{% set counts = [
    ('fct_rectification_summary', 'measures_closed'),
    ('fct_rectification_summary', 'measures_to_review'),
    ('fct_rectification_summary', 'measures_in_progress'),
    ('fct_rectification_summary', 'measures_to_start'),
    ('fct_rectification_summary', 'measures_overdue'),
    ('fct_rectification_summary', 'measures_refused'),
    ('fct_rectification_summary', 'measures_reopened'),
    ('fct_district_class_ledger', 'open_classes'),
    ('fct_district_hazards', 'open_hazards'),
    ('fct_district_hazards', 'overdue_hazards')
] %}
with counts as (

    {% for mart, column in counts -%}
        select
            reporting_month,
            district_code,
            {{ loop.index }} as sort_order,
            '{{ column }}' as count_code,
            cast(sum({{ column }}) as bigint) as value
        from {{ ref(mart) }}
        where {{ "hazard_kind = 'all'" if mart == 'fct_district_hazards' else 'true' }}
        group by reporting_month, district_code
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

begun as (

    select
        district_code,
        min(reporting_month) as reporting_month
    from {{ ref('fct_rectification_summary') }}
    group by district_code

),

of_the_plan as (

    select counts.*
    from counts
    inner join begun
        on
            counts.district_code = begun.district_code
            and counts.reporting_month >= begun.reporting_month
    where counts.value is not null

),

compared as (

    select
        reporting_month,
        district_code,
        sort_order,
        count_code,
        value,
        lag(reporting_month) over (partition by district_code, count_code order by reporting_month) as previous_month,
        lag(value) over (partition by district_code, count_code order by reporting_month) as previous_value
    from of_the_plan

),

final as (

    select
        reporting_month,
        district_code,
        sort_order,
        count_code,
        value,
        previous_month,
        previous_value,
        value - previous_value as change,
        coalesce(value <> previous_value, true) as is_changed
    from compared

)

select * from final
