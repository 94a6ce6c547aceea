-- What the kindergartens have answered, by their owners and over all, so that a blank cell isn't taken for a return.
with answers as (

    select
        *,
        case when temporary_teachers = 0 or temporary_heads is not null then 1 end
        + case when in_post_teachers = 0 or in_post_heads is not null then 1 end as pay_known
    from {{ ref('int_kindergarten_pay') }}

),

owners as (

    select
        *,
        ownership as counted_for
    from answers
    union all
    select
        *,
        'all' as counted_for
    from answers

),

final as (

    select
        school_year,
        district_code,
        counted_for as ownership,
        sum(temporary_teachers) as temporary_teachers,
        count(temporary_teachers) as temporary_known,
        count(pay_known) as pay_known,
        cast(sum(case when staff is not null then fully_insured_staff end) as double) as insured,
        cast(sum(case when fully_insured_staff is not null then staff end) as double) as insured_of,
        count(staff + fully_insured_staff) as insured_known
    from owners
    group by school_year, district_code, counted_for

)

select * from final
