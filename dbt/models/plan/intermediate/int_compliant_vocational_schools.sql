-- On what the schools own, as the plan counts it. One condition below its standard decides, whatever else is missing; a
-- school that isn't decided is due and not at hand.
with schools as (

    select
        school_year,
        district_code,
        school_code,
        max(case when status_owned_only = 'not_met' then 1 else 0 end) as falls_short,
        max(case when status_owned_only = 'not_available' then 1 else 0 end) as lacks_data
    from {{ ref('int_vocational_verdicts') }}
    where status_owned_only <> 'not_applicable'
    group by school_year, district_code, school_code

),

final as (

    select
        school_year,
        district_code,
        count(*) as schools_due,
        sum(case when falls_short = 1 or lacks_data = 0 then 1 else 0 end) as schools_decided,
        sum(case when falls_short = 0 and lacks_data = 0 then 1 else 0 end) as schools_compliant
    from schools
    group by school_year, district_code

)

select * from final
