-- Schools that owe class returns of the stage, and whether each sent them; a year without any return has rows, too. A return is whole if no row of it is put
-- aside and each of its classes has a size. Classes of a stage that the school doesn't owe are expected once it has sent some.
with final as (

    select
        owed.school_year,
        owed.district_code,
        owed.stage,
        cast(sum(case when owed.due then 1 else 0 end) as bigint) as schools_due,
        cast(sum(case when owed.due and (owed.received or owed.is_nil) then 1 else 0 end) as bigint) as schools_received,
        count(*) as returns_expected,
        cast(
            sum(case when coalesce(classes.is_whole, owed.is_nil) then 1 else 0 end) as bigint
        ) as returns_complete
    from {{ ref('int_school_feeds') }} as owed
    left join {{ ref('int_school_classes') }} as classes
        on
            owed.school_year = classes.school_year
            and owed.school_code = classes.school_code
            and owed.stage = classes.stage
    where owed.feed = 'class_sizes' and (owed.due or classes.school_code is not null)
    group by owed.school_year, owed.district_code, owed.stage

)

select * from final
