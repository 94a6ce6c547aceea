-- What the kindergartens have answered, by their owners and over all, so that a blank cell isn't taken for a return.
with answers as (

    select * from {{ ref('int_kindergarten_staff') }}

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
