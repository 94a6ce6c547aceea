-- Schools that owe class returns of the stage, and whether each sent them; a year without any return has rows, too. A return is whole if no row of it is put
-- aside and each of its classes has a size.
with unsized as (

    select distinct
        school_year,
        school_code,
        stage
    from {{ ref('int_classes') }}
    where size_band is null and (standard_size is not null or students is null)

),

final as (

    select
        owed.school_year,
        owed.district_code,
        owed.stage,
        count(*) as schools_due,
        cast(sum(case when owed.received or owed.is_nil then 1 else 0 end) as bigint) as schools_received,
        cast(
            sum(
                case
                    when (owed.received or owed.is_nil) and owed.quarantined_rows = 0 and unsized.school_code is null then 1
                    else 0
                end
            ) as bigint
        ) as schools_complete
    from {{ ref('int_school_feeds') }} as owed
    left join unsized
        on
            owed.school_year = unsized.school_year
            and owed.school_code = unsized.school_code
            and owed.stage = unsized.stage
    where owed.feed = 'class_sizes' and owed.due
    group by owed.school_year, owed.district_code, owed.stage

)

select * from final
