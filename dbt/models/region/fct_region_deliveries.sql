with deliveries as (

    select * from {{ source('region_state', 'districts') }}

),

final as (

    select
        district_code,
        district_zh,
        is_expected,
        status as delivery_status,
        delivery_id,
        delivered_on,
        days_since_delivery,
        as_of,
        submissions,
        program_version,
        is_program_different,
        is_rules_different,
        is_standards_different,
        is_synthetic,
        delivery_problem_zh
    from deliveries

)

select * from final
