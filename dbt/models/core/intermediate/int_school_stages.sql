with schools as (

    select * from {{ ref('int_schools') }}

),

due as (

    select
        schools.school_year,
        schools.school_code,
        stages.stage,
        1 as is_due
    from schools
    inner join {{ ref('school_type_stages') }} as stages on schools.school_type = stages.school_type

),

with_rows as (

    select
        school_year,
        school_code,
        stage
    from {{ ref('stg_received') }}
    where stage <> 'all'
    union
    select
        school_year,
        school_code,
        stage
    from {{ ref('stg_quarantined_rows') }}
    where stage is not null and school_code is not null

),

united as (

    select * from due
    union all
    -- of a school whose kind couldn't be read, the stages that it reports are those that it has
    select
        with_rows.school_year,
        with_rows.school_code,
        with_rows.stage,
        case when schools.is_waiting and schools.school_type is null then 1 else 0 end as is_due
    from with_rows
    left join schools
        on
            with_rows.school_year = schools.school_year
            and with_rows.school_code = schools.school_code

),

listed as (

    select
        school_year,
        school_code,
        stage,
        max(is_due) = 1 as is_due
    from united
    group by school_year, school_code, stage

),

final as (

    select
        listed.school_year,
        schools.district_code,
        listed.school_code,
        schools.unit_school_code,
        schools.school_type,
        listed.stage,
        listed.is_due
    from listed
    inner join schools
        on
            listed.school_year = schools.school_year
            and listed.school_code = schools.school_code

)

select * from final
