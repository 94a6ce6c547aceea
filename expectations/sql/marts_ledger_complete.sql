with begun as (

    select
        district_code,
        item_number,
        strftime(min(begun_on), '%Y-%m') as first_month
    from marts.fct_rectification_measures
    group by district_code, item_number

),

months as (

    select distinct
        district_code,
        reporting_month
    from marts.fct_rectification_measures

)

select
    m.reporting_month,
    b.item_number,
    case when l.item_number is null then 1 else 0 end as observed
from months as m
inner join begun as b on m.district_code = b.district_code and m.reporting_month >= b.first_month
left join marts.fct_rectification_ledger as l
    on
        m.district_code = l.district_code and m.reporting_month = l.reporting_month
        and b.item_number = l.item_number
