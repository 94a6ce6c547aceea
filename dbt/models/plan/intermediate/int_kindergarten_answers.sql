-- What the kindergartens have answered, by their owners and over all, so that a blank cell isn't taken for a return.
-- A school that owes no such return may send one: its staff count, but it doesn't stand in for one that owes.
with answers as (

    select
        staff.*,
        owed.is_due
    from {{ ref('int_kindergarten_staff') }} as staff
    left join {{ ref('int_school_stages') }} as owed
        on
            staff.school_year = owed.school_year
            and staff.school_code = owed.school_code
            and owed.stage = 'preschool'

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
        count(case when is_due then temporary_teachers end) as temporary_known,
        count(case when is_due then pay_known end) as pay_known,
        cast(sum(case when staff is not null then fully_insured_staff end) as double) as insured,
        cast(sum(case when fully_insured_staff is not null then staff end) as double) as insured_of,
        count(case when is_due then staff + fully_insured_staff end) as insured_known
    from owners
    group by school_year, district_code, counted_for

)

select * from final
