-- Counts of the plan month by month, each beside the month before. The code of a count is the column it comes from.
-- Beside it stands how many of its returns are missing, because a count can stand still or fall for that alone: measures
-- rest on the month's progress returns, hazards on its safety returns, classes on the latest class return due by then.
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

owed_progress as (

    select
        reporting_month,
        district_code,
        returns_due - returns_received as returns_still_missing
    from {{ ref('fct_rectification_summary') }}

),

owed_hazards as (

    select
        period as reporting_month,
        district_code,
        missing_returns as returns_still_missing
    from {{ ref('fct_return_counts') }}
    where feed = 'safety_duties'

),

months as (

    select distinct
        reporting_month,
        as_of,
        district_code
    from {{ ref('fct_rectification_summary') }}

),

class_returns as (

    select
        months.reporting_month,
        months.district_code,
        class_sizes.missing_returns as returns_still_missing,
        row_number() over (
            partition by months.reporting_month, months.district_code
            order by class_sizes.due_on desc, class_sizes.period desc
        ) as place
    from months
    inner join {{ ref('fct_return_counts') }} as class_sizes
        on
            months.district_code = class_sizes.district_code
            and months.as_of >= class_sizes.due_on
    where class_sizes.feed = 'class_sizes'

),

owed_classes as (

    select * from class_returns
    where place = 1

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
        compared.reporting_month,
        compared.district_code,
        compared.sort_order,
        compared.count_code,
        compared.value,
        compared.previous_month,
        compared.previous_value,
        compared.value - compared.previous_value as change,
        coalesce(compared.value <> compared.previous_value, true) as is_changed,
        cast(
            case
                when compared.count_code like '%hazards' then owed_hazards.returns_still_missing
                when compared.count_code like '%classes' then owed_classes.returns_still_missing
                else owed_progress.returns_still_missing
            end as bigint
        ) as returns_still_missing
    from compared
    left join owed_progress
        on
            compared.reporting_month = owed_progress.reporting_month
            and compared.district_code = owed_progress.district_code
    left join owed_hazards
        on
            compared.reporting_month = owed_hazards.reporting_month
            and compared.district_code = owed_hazards.district_code
    left join owed_classes
        on
            compared.reporting_month = owed_classes.reporting_month
            and compared.district_code = owed_classes.district_code

)

select * from final
