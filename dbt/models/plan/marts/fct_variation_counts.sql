-- Measures whose figure counts the coefficients of variation within their limit: the year of that figure, all of whose
-- coefficients could be judged, beside the newest year, of which some may still be open.
with figures as (

    select
        district_code,
        item_number,
        measure_number,
        measure_zh,
        reporting_month,
        case figure_code when 'primary_variations_met' then 'primary' else 'junior_secondary' end as stage,
        year(figure_observed_on) as whole_school_year,
        figure_value,
        row_number() over (
            partition by district_code, item_number, measure_number order by reporting_month desc nulls last
        ) as place
    from {{ ref('fct_rectification_measures') }}
    where figure_code in ('primary_variations_met', 'junior_variations_met')

),

counted as (

    select
        district_code,
        stage,
        school_year,
        count(*) as indicators_due,
        sum(case when cv_status in ('met', 'not_met') then 1 else 0 end) as indicators_judged,
        sum(case when cv_status = 'met' then 1 else 0 end) as indicators_met,
        row_number() over (partition by district_code, stage order by school_year desc nulls last) as place
    from {{ ref('int_district_indicators') }}
    where cv_limit is not null
    group by district_code, stage, school_year

),

final as (

    select
        figures.district_code,
        figures.item_number,
        figures.measure_number,
        figures.measure_zh,
        figures.reporting_month,
        figures.stage,
        cast(figures.whole_school_year as integer) as whole_school_year,
        cast(figures.figure_value as bigint) as whole_indicators_met,
        newest.school_year as newest_school_year,
        cast(newest.indicators_met as bigint) as newest_indicators_met,
        cast(newest.indicators_judged as bigint) as newest_indicators_judged,
        newest.indicators_due as newest_indicators_due
    from figures
    inner join counted as newest
        on
            figures.district_code = newest.district_code
            and figures.stage = newest.stage
            and newest.place = 1
    where figures.place = 1

)

select * from final
