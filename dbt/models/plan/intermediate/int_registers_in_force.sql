-- From which day on a district's register of a school year is in force: its statistics day, or the later day on which it was
-- received. The first register stands for the days before it, too: there is none to tell them otherwise.
with registers as (

    select
        district_code,
        school_year,
        {{ statistics_day('school_year') }} as observed_on,
        row_number() over (partition by district_code order by school_year nulls last) as place
    from {{ ref('int_schools') }}
    group by district_code, school_year

),

receipts as (

    select
        district_code,
        observed_on,
        received_on
    from {{ ref('stg_receipt_days') }}
    where feed = 'schools'

),

final as (

    select
        registers.district_code,
        registers.school_year,
        case
            when registers.place > 1
                then coalesce({{ larger_of('registers.observed_on', 'receipts.received_on') }}, registers.observed_on)
        end as in_force_from
    from registers
    left join receipts
        on
            registers.district_code = receipts.district_code
            and registers.observed_on = receipts.observed_on

)

select * from final
