with duties as (

    select
        schools.district_code,
        duties.reporting_month,
        duties.duty,
        duties.due,
        duties.done
    from {{ ref('stg_safety_duties') }} as duties
    inner join {{ ref('int_latest_schools') }} as schools on duties.school_code = schools.school_code

),

-- what is done beyond its due at one school doesn't make up for another
counted as (

    select
        district_code,
        reporting_month,
        duty,
        count(*) as schools,
        sum(case when done >= due then 1 else 0 end) as schools_complete,
        sum(due) as due,
        sum(done) as done,
        sum({{ smaller_of('done', 'due') }}) as done_of_due
    from duties
    group by district_code, reporting_month, duty

),

final as (

    select
        district_code,
        reporting_month,
        duty,
        schools,
        cast(schools_complete as bigint) as schools_complete,
        cast(due as bigint) as due,
        cast(done as bigint) as done,
        cast(done_of_due as bigint) as done_of_due,
        cast(done_of_due as double) / nullif(due, 0) as done_share
    from counted

)

select * from final
