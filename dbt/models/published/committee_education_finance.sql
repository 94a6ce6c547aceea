{{ config(alias='fct_education_finance', tags=['plan']) }}

with finance as (

    select * from {{ ref('fct_education_finance') }}

),

-- a total that is hidden; a fiscal year has a part of two school years
hidden as (

    select
        district_code,
        school_year as fiscal_year
    from {{ ref('committee_district_kindergarten_pay') }}
    where pay_status = 'suppressed'
    union
    select
        district_code,
        school_year + 1 as fiscal_year
    from {{ ref('committee_district_kindergarten_pay') }}
    where pay_status = 'suppressed'

),

final as (

    select
        finance.district_code,
        finance.fiscal_year,
        finance.general_public_budget_yuan,
        finance.education_outlay_yuan,
        finance.education_outlay_share,
        finance.enrolled_students,
        finance.outlay_per_student_yuan,
        finance.education_outlay_growth,
        finance.outlay_per_student_growth,
        finance.city_education_outlay_growth,
        finance.education_outlay_growth_above_city,
        finance.outlay_status,
        finance.outlay_per_student_status,
        case when hidden.district_code is null then finance.temporary_pay_in_budget_yuan end as temporary_pay_in_budget_yuan
    from finance
    left join hidden
        on
            finance.district_code = hidden.district_code
            and finance.fiscal_year = hidden.fiscal_year

)

select * from final
