-- what page one compares: each figure of the newest year that most districts have
with figures as (

    select *
    from {{ ref('fct_region_figures') }}
    where is_compared

),

deliveries as (

    select * from {{ ref('fct_region_deliveries') }}

),

{%- set shown = [
    ('primary_compliance', 'compliance_rate', 'primary'),
    ('junior_compliance', 'compliance_rate', 'junior_secondary'),
    ('primary_cv_met', 'cv_met_share', 'primary'),
    ('junior_cv_met', 'cv_met_share', 'junior_secondary'),
    ('primary_large', 'large_share', 'primary'),
    ('junior_large', 'large_share', 'junior_secondary'),
    ('kindergarten_pay', 'kindergarten_pay_ratio', 'preschool'),
    ('vocational', 'vocational_share', 'all'),
    ('closed', 'measures_closed_share', 'all'),
    ('overdue', 'measures_overdue_share', 'all'),
] %}

pivoted as (

    select
        district_code,
        {%- for name, figure, stage in shown %}
            max(case when figure_code = '{{ figure }}' and stage = '{{ stage }}' then value end) as {{ name }}_value,
            max(case when figure_code = '{{ figure }}' and stage = '{{ stage }}' then status end) as {{ name }}_status,
            max(case when figure_code = '{{ figure }}' and stage = '{{ stage }}' then rank_text end) as {{ name }}_rank,
        {%- endfor %}
        max(case when figure_code = 'measures_overdue_share' then numerator end) as measures_overdue,
        max(case when figure_code = 'measures_overdue_share' then denominator end) as measures_open
    from figures
    group by district_code

),

final as (

    select
        pivoted.district_code,
        deliveries.district_zh,
        deliveries.delivery_status,
        deliveries.delivered_on,
        deliveries.as_of,
        {%- for name, _, _ in shown %}
            pivoted.{{ name }}_value,
            pivoted.{{ name }}_status,
            pivoted.{{ name }}_rank,
        {%- endfor %}
        cast(pivoted.measures_open as bigint) as measures_open,
        cast(pivoted.measures_overdue as bigint) as measures_overdue
    from pivoted
    inner join deliveries on pivoted.district_code = deliveries.district_code

)

select * from final
