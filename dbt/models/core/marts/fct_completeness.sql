with school_feeds as (

    select * from {{ ref('int_school_feeds') }}
    where is_own or received or quarantined_rows > 0

),

final as (

    select
        school_feeds.school_year,
        school_feeds.district_code,
        school_feeds.school_code,
        registers.school_name,
        registers.town,
        school_feeds.stage,
        school_feeds.feed,
        school_feeds.due,
        school_feeds.due_on,
        school_feeds.received,
        school_feeds.is_nil,
        school_feeds.quarantined_rows,
        case
            when school_feeds.quarantined_rows > 0 then 'with_problems'
            when school_feeds.received or school_feeds.is_nil then 'received'
            when school_feeds.due then 'missing'
            else 'not_due'
        end as status,
        registers.register_school_year
    from school_feeds
    inner join {{ ref('int_registers') }} as registers
        on
            school_feeds.school_year = registers.school_year
            and school_feeds.school_code = registers.school_code

)

select * from final
