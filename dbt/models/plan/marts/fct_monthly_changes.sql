-- Counts of the plan month by month, each beside the month before. The code of a count is the column it comes from.
-- Beside it stands how many of the returns it rests on have not come, whether or not their last day has passed, because a
-- count can stand still or fall for that alone. Measures rest on the progress returns of the latest month whose returns
-- were due (returns_month), hazards on the safety returns of the month itself, classes on the class returns that were due
-- last before the month's day; kindergartens have no entries in the class ledger, so their returns don't count.
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
        max(returns_month) as returns_period,
        sum(returns_due - returns_received) as returns_still_missing
    from {{ ref('fct_department_progress') }}
    group by reporting_month, district_code

),

owed_hazards as (

    select
        period as reporting_month,
        district_code,
        period as returns_period,
        expected_returns - received_returns as returns_still_missing
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
        class_sizes.district_code,
        class_sizes.period,
        max(class_sizes.due_on) as due_on,
        sum(case when class_sizes.status in ('missing', 'not_yet_due') then 1 else 0 end) as returns_still_missing
    from {{ ref('fct_returns_due') }} as class_sizes
    inner join {{ ref('int_registers') }} as registers
        on
            class_sizes.school_code = registers.school_code
            and class_sizes.register_school_year = registers.school_year
    where class_sizes.feed = 'class_sizes' and registers.school_type <> 'kindergarten'
    group by class_sizes.district_code, class_sizes.period

),

owed_classes as (

    select
        months.reporting_month,
        months.district_code,
        class_returns.period as returns_period,
        class_returns.returns_still_missing,
        row_number() over (
            partition by months.reporting_month, months.district_code
            order by class_returns.due_on desc, class_returns.period desc
        ) as place
    from months
    inner join class_returns
        on
            months.district_code = class_returns.district_code
            and months.as_of > class_returns.due_on

),

owed as (

    select
        'measures' as counted,
        reporting_month,
        district_code,
        returns_period,
        returns_still_missing
    from owed_progress
    union all
    select
        'hazards' as counted,
        reporting_month,
        district_code,
        returns_period,
        returns_still_missing
    from owed_hazards
    union all
    select
        'classes' as counted,
        reporting_month,
        district_code,
        returns_period,
        returns_still_missing
    from owed_classes
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
        lag(reporting_month) over (partition by district_code, count_code order by reporting_month nulls last) as previous_month,
        lag(value) over (partition by district_code, count_code order by reporting_month nulls last) as previous_value
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
        owed.returns_period,
        cast(owed.returns_still_missing as bigint) as returns_still_missing
    from compared
    left join owed
        on
            compared.reporting_month = owed.reporting_month
            and compared.district_code = owed.district_code
            and case
                when compared.count_code like '%hazards' then 'hazards'
                when compared.count_code like '%classes' then 'classes'
                else 'measures'
            end = owed.counted

)

select * from final
