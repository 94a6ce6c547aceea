with plans as (

    select * from {{ ref('stg_vocational_site_plans') }}

),

conditions as (

    select * from {{ ref('int_vocational_verdicts') }}

),

latest as (

    select
        *,
        row_number() over (partition by school_code, condition_code order by school_year desc) as recency
    from conditions

),

final as (

    select
        schools.district_code,
        plans.school_code,
        schools.school_name,
        plans.figure_year as plan_year,
        plans.condition_code,
        plans.planned_value,
        coalesce(conditions.value_owned_only, conditions.value) as reached_value,
        latest.school_year as latest_school_year,
        coalesce(latest.value_owned_only, latest.value) as latest_value,
        latest.threshold,
        latest.status_owned_only as latest_status
    from plans
    inner join {{ ref('int_latest_schools') }} as schools on plans.school_code = schools.school_code
    left join conditions
        on
            plans.school_code = conditions.school_code
            and plans.figure_year = conditions.school_year
            and plans.condition_code = conditions.condition_code
    left join latest
        on
            plans.school_code = latest.school_code
            and plans.condition_code = latest.condition_code
            and latest.recency = 1

)

select * from final
