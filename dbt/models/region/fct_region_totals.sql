with figures as (

    select * from {{ ref('fct_region_figures') }}

),

counted as (

    select
        school_year,
        figure_code,
        stage,
        max(figure_zh) as figure_zh,
        count(*) as districts_due,
        sum(case when status in ('available', 'undetermined') then 1 else 0 end) as districts_available,
        sum(case when status = 'undetermined' then 1 else 0 end) as districts_undetermined,
        sum(case when status = 'suppressed' then 1 else 0 end) as districts_suppressed,
        sum(case when status = 'not_applicable' then 1 else 0 end) as districts_not_applicable,
        sum(case when status in ('available', 'undetermined', 'not_available') then numerator end) as numerator,
        sum(case when status in ('available', 'undetermined', 'not_available') then denominator end) as denominator,
        -- open where one district's is
        case
            when count(case when status in ('undetermined', 'not_available') and undetermined is null then 1 end) = 0
                then sum(case when status in ('available', 'undetermined', 'not_available') then undetermined else 0 end)
        end as undetermined,
        min(value) as lowest_value,
        max(value) as highest_value,
        min(observed_on) as first_observed_on,
        max(observed_on) as observed_on,
        max(unit_zh) as unit_zh,
        max(scale) as scale,
        max(decimals) as decimals,
        max(parts_zh) as parts_zh,
        max(case when is_compared then 1 else 0 end) = 1 as is_compared,
        max(sort_order) as sort_order
    from figures
    group by school_year, figure_code, stage

),

valued as (

    select
        counted.*,
        case
            when counted.figure_code = 'composite_cv' then 'not_applicable'
            when
                counted.districts_available = 0 and counted.districts_suppressed = 0
                and counted.districts_not_applicable = counted.districts_due then 'not_applicable'
            when counted.districts_available = 0 then 'not_available'
            when
                counted.districts_available + counted.districts_not_applicable
                < counted.districts_due then 'undetermined'
            when counted.districts_undetermined > 0 then 'undetermined'
            else 'available'
        end as status,
        case
            when counted.figure_code = 'kindergarten_pay_ratio' then pay.temporary_mean_annual_pay_yuan
            else counted.numerator
        end as total_numerator,
        case
            when counted.figure_code = 'kindergarten_pay_ratio' then pay.in_post_mean_annual_pay_yuan
            else counted.denominator
        end as total_denominator
    from counted
    left join {{ ref('int_region_pay') }} as pay on counted.school_year = pay.school_year

),

final as (

    select
        school_year,
        figure_code,
        stage,
        figure_zh,
        case when status in ('available', 'undetermined') then total_numerator end as numerator,
        case when status in ('available', 'undetermined') then total_denominator end as denominator,
        case when status in ('available', 'undetermined') then total_numerator / nullif(total_denominator, 0) end as value,
        case
            when figure_code = 'kindergarten_pay_ratio' or status not in ('available', 'undetermined') then null
            else total_numerator / nullif(total_denominator + undetermined, 0)
        end as value_low,
        case
            when figure_code = 'kindergarten_pay_ratio' or status not in ('available', 'undetermined') then null
            else (total_numerator + undetermined) / nullif(total_denominator + undetermined, 0)
        end as value_high,
        status,
        lowest_value,
        highest_value,
        cast(districts_available as bigint) as districts_available,
        districts_due,
        cast(districts_undetermined as bigint) as districts_undetermined,
        cast(districts_suppressed as bigint) as districts_suppressed,
        first_observed_on,
        observed_on,
        unit_zh,
        scale,
        decimals,
        parts_zh,
        is_compared,
        sort_order
    from valued

)

select * from final
