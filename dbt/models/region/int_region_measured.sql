-- each figure as the districts' own marts have it: how many of how many, how many may fall either way, and on which day
with compliance as (

    select
        school_year,
        district_code,
        'compliance_rate' as figure_code,
        stage,
        cast(schools_compliant as double) as numerator,
        cast(schools_compliant + schools_not_compliant as double) as denominator,
        cast(schools_undetermined as double) as undetermined,
        schools_undetermined as missing,
        compliance_rate as value,
        {{ statistics_day('school_year') }} as observed_on,
        case when schools_in_scope = 0 then 'not_applicable' else 'available' end as status
    from {{ ref('fct_district_compliance') }}

),

judged as (

    select
        school_year,
        district_code,
        stage,
        sum(case when cv_status = 'met' then 1 else 0 end) as indicators_met,
        sum(case when cv_status = 'not_met' then 1 else 0 end) as indicators_not_met,
        sum(case when cv_status in ('undetermined', 'not_available') then 1 else 0 end) as indicators_undetermined,
        max(schools_in_scope - schools_available) as schools_missing,
        max(schools_in_scope) as schools_in_scope
    from {{ ref('fct_district_indicators') }}
    where is_judged
    group by school_year, district_code, stage

),

variation as (

    select
        school_year,
        district_code,
        'cv_met_share' as figure_code,
        stage,
        cast(indicators_met as double) as numerator,
        cast(indicators_met + indicators_not_met as double) as denominator,
        cast(indicators_undetermined as double) as undetermined,
        indicators_undetermined as missing,
        indicators_met / nullif(cast(indicators_met + indicators_not_met as double), 0) as value,
        {{ statistics_day('school_year') }} as observed_on,
        case when indicators_met + indicators_not_met + indicators_undetermined = 0 then 'not_applicable' else 'available' end
            as status
    from judged

),

composite as (

    select
        compliance.school_year,
        compliance.district_code,
        'composite_cv' as figure_code,
        compliance.stage,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        -- how far a school without figures would move it is open
        case when judged.schools_missing = 0 then cast(0 as double) end as undetermined,
        judged.schools_missing as missing,
        compliance.composite_cv as value,
        {{ statistics_day('compliance.school_year') }} as observed_on,
        case
            when compliance.composite_cv is not null then 'available'
            when judged.schools_in_scope = 0 then 'not_applicable'
            else 'not_available'
        end as status
    from {{ ref('fct_district_compliance') }} as compliance
    inner join judged
        on
            compliance.school_year = judged.school_year
            and compliance.district_code = judged.district_code
            and compliance.stage = judged.stage

),

class_sizes as (

    select
        school_year,
        district_code,
        'large_share' as figure_code,
        stage,
        cast(classes_large as double) as numerator,
        cast(classes as double) as denominator,
        case when returns_complete >= returns_expected then cast(0 as double) end as undetermined,
        rows_without_size + quarantined_rows + schools_due - schools_received as missing,
        large_share as value,
        {{ statistics_day('school_year') }} as observed_on,
        case
            when large_share is not null then 'available'
            when schools_due = 0 then 'not_applicable'
            else 'not_available'
        end as status
    from {{ ref('fct_district_class_sizes') }}

),

pay as (

    select
        school_year,
        district_code,
        'kindergarten_pay_ratio' as figure_code,
        'preschool' as stage,
        temporary_mean_annual_pay_yuan as numerator,
        in_post_mean_annual_pay_yuan as denominator,
        case when kindergartens >= kindergartens_due then cast(0 as double) end as undetermined,
        case when kindergartens < kindergartens_due then kindergartens_due - kindergartens else 0 end as missing,
        pay_ratio as value,
        {{ statistics_day('school_year') }} as observed_on,
        case
            when pay_status = 'suppressed' then 'suppressed'
            when pay_ratio is not null then 'available'
            when coalesce(temporary_teachers, 0) = 0 and kindergartens >= kindergartens_due then 'not_applicable'
            else 'not_available'
        end as status
    from {{ ref('committee_district_kindergarten_pay') }}
    where ownership = 'public'

),

vocational as (

    select
        school_year,
        district_code,
        'vocational_share' as figure_code,
        'all' as stage,
        cast(vocational_students as double) as numerator,
        cast(vocational_students + general_students as double) as denominator,
        case when schools_available >= schools_due then cast(0 as double) end as undetermined,
        schools_due - schools_available as missing,
        vocational_share as value,
        {{ statistics_day('school_year') }} as observed_on,
        case when vocational_share is null then 'not_available' else 'available' end as status
    from {{ ref('fct_upper_secondary') }}

),

-- what a district did after the day that its delivery is about is not known here: it isn't late for that
last_months as (

    select
        {{ school_year_of('ledger_totals.as_of') }} as school_year,
        ledger_totals.district_code,
        max(ledger_totals.as_of) as observed_on
    from {{ ref('fct_rectification_summary') }} as ledger_totals
    inner join {{ source('region_state', 'districts') }} as deliveries
        on
            ledger_totals.district_code = deliveries.district_code
            and ledger_totals.as_of <= deliveries.as_of
    group by {{ school_year_of('ledger_totals.as_of') }}, ledger_totals.district_code

),

ledger as (

    select
        last_months.school_year,
        last_months.district_code,
        last_months.observed_on,
        -- an exempt measure is neither closed nor due
        ledger_totals.measures_closed,
        ledger_totals.measures - ledger_totals.measures_exempt as measures_due,
        ledger_totals.measures - ledger_totals.measures_closed - ledger_totals.measures_exempt as measures_open,
        ledger_totals.measures_overdue
    from last_months
    inner join {{ ref('fct_rectification_summary') }} as ledger_totals
        on
            last_months.district_code = ledger_totals.district_code
            and last_months.observed_on = ledger_totals.as_of

),

closed as (

    select
        school_year,
        district_code,
        'measures_closed_share' as figure_code,
        'all' as stage,
        cast(measures_closed as double) as numerator,
        cast(measures_due as double) as denominator,
        cast(0 as double) as undetermined,
        0 as missing,
        measures_closed / nullif(cast(measures_due as double), 0) as value,
        observed_on,
        case when measures_due = 0 then 'not_applicable' else 'available' end as status
    from ledger

),

overdue as (

    select
        school_year,
        district_code,
        'measures_overdue_share' as figure_code,
        'all' as stage,
        cast(measures_overdue as double) as numerator,
        cast(measures_open as double) as denominator,
        cast(0 as double) as undetermined,
        0 as missing,
        measures_overdue / nullif(cast(measures_open as double), 0) as value,
        observed_on,
        -- nothing open, nothing overdue
        case when measures_open = 0 then 'not_applicable' else 'available' end as status
    from ledger

),

united as (

    select * from compliance
    union all
    select * from variation
    union all
    select * from composite
    union all
    select * from class_sizes
    union all
    select * from pay
    union all
    select * from vocational
    union all
    select * from closed
    union all
    select * from overdue

),

final as (

    select
        cast(united.school_year as integer) as school_year,
        united.district_code,
        united.figure_code,
        united.stage,
        case when united.status in ('available', 'not_available') then united.numerator end as numerator,
        case when united.status in ('available', 'not_available') then united.denominator end as denominator,
        united.undetermined,
        cast(united.missing as bigint) as missing,
        case when united.status = 'available' then united.value end as value,
        united.observed_on,
        case
            when united.status = 'available' and coalesce(united.undetermined, 1) > 0 then 'undetermined'
            else united.status
        end as status
    from united

)

select * from final
