with figures as (

    select
        district_code,
        figure_year as fiscal_year,
        max(case when figure_code = 'general_public_budget_yuan' then figure end) as general_public_budget_yuan,
        max(case when figure_code = 'education_outlay_yuan' then figure end) as education_outlay_yuan,
        max(case when figure_code = 'enrolled_students' then figure end) as enrolled_students,
        max(case when figure_code = 'city_education_outlay_growth' then figure end) as city_education_outlay_growth,
        max(case when figure_code = 'temporary_pay_in_budget_yuan' then figure end) as temporary_pay_in_budget_yuan
    from {{ ref('stg_district_figures') }}
    group by district_code, figure_year

),

measured as (

    select
        *,
        education_outlay_yuan / nullif(enrolled_students, 0) as outlay_per_student_yuan
    from figures
    where education_outlay_yuan is not null or general_public_budget_yuan is not null

),

compared as (

    select
        measured.*,
        earlier.education_outlay_yuan as education_outlay_before_yuan,
        earlier.outlay_per_student_yuan as outlay_per_student_before_yuan
    from measured
    left join measured as earlier
        on
            measured.district_code = earlier.district_code
            and measured.fiscal_year = earlier.fiscal_year + 1

),

final as (

    select
        district_code,
        fiscal_year,
        general_public_budget_yuan,
        education_outlay_yuan,
        education_outlay_yuan / nullif(general_public_budget_yuan, 0) as education_outlay_share,
        enrolled_students,
        outlay_per_student_yuan,
        education_outlay_yuan / nullif(education_outlay_before_yuan, 0) - 1 as education_outlay_growth,
        outlay_per_student_yuan / nullif(outlay_per_student_before_yuan, 0) - 1 as outlay_per_student_growth,
        city_education_outlay_growth,
        {{ difference('education_outlay_yuan / nullif(education_outlay_before_yuan, 0)', '(1 + city_education_outlay_growth)') }}
            as education_outlay_growth_above_city,
        case
            when education_outlay_yuan is null or education_outlay_before_yuan is null then 'not_available'
            when {{ reaches('education_outlay_yuan', 'education_outlay_before_yuan') }} then 'met'
            else 'not_met'
        end as outlay_status,
        case
            when outlay_per_student_yuan is null or outlay_per_student_before_yuan is null then 'not_available'
            when {{ reaches('outlay_per_student_yuan', 'outlay_per_student_before_yuan') }} then 'met'
            else 'not_met'
        end as outlay_per_student_status,
        temporary_pay_in_budget_yuan
    from compared

)

select * from final
