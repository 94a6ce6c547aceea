with compliance as (

    select * from {{ ref('int_school_compliance') }}

),

composites as (

    select
        school_year,
        district_code,
        stage,
        case when count(*) = count(coefficient_of_variation) then avg(coefficient_of_variation) end as composite_cv
    from {{ ref('int_district_indicators') }}
    where is_judged
    group by school_year, district_code, stage

),

counted as (

    select
        school_year,
        district_code,
        stage,
        sum(case when status in ('compliant', 'not_compliant', 'undetermined') then 1 else 0 end) as schools_in_scope,
        sum(case when status = 'compliant' then 1 else 0 end) as schools_compliant,
        sum(case when status = 'not_compliant' then 1 else 0 end) as schools_not_compliant,
        sum(case when status = 'undetermined' then 1 else 0 end) as schools_undetermined,
        sum(case when indicators_to_raise = 1 then 1 else 0 end) as schools_one_indicator_short
    from compliance
    group by school_year, district_code, stage

),

final as (

    select
        counted.school_year,
        counted.district_code,
        counted.stage,
        cast(counted.schools_in_scope as integer) as schools_in_scope,
        cast(counted.schools_compliant as integer) as schools_compliant,
        cast(counted.schools_not_compliant as integer) as schools_not_compliant,
        cast(counted.schools_undetermined as integer) as schools_undetermined,
        cast(counted.schools_one_indicator_short as integer) as schools_one_indicator_short,
        counted.schools_compliant
        / nullif(cast(counted.schools_compliant + counted.schools_not_compliant as double), 0) as compliance_rate,
        counted.schools_compliant / nullif(cast(counted.schools_in_scope as double), 0) as compliance_rate_low,
        (counted.schools_compliant + counted.schools_undetermined)
        / nullif(cast(counted.schools_in_scope as double), 0) as compliance_rate_high,
        composites.composite_cv
    from counted
    left join composites
        on
            counted.school_year = composites.school_year
            and counted.district_code = composites.district_code
            and counted.stage = composites.stage

)

select * from final
