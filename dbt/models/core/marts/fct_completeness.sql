with school_feeds as (

    select * from {{ ref('int_school_feeds') }}
    where is_own or received or quarantined_rows > 0

),

-- the year from which a district has its returns signed; before, none was asked for
signing as (

    select
        registers.district_code,
        min(signatures.school_year) as since_year
    from {{ ref('int_return_signatures') }} as signatures
    inner join {{ ref('int_registers') }} as registers
        on
            signatures.school_year = registers.school_year
            and signatures.school_code = registers.school_code
    group by registers.district_code

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
        registers.register_school_year,
        case
            when signing.since_year is null or not school_feeds.received then null
            when signatures.feed is null then 'unsigned'
            when not signatures.is_page_in_vault then 'page_missing'
            when signatures.signed_on < school_feeds.return_received_on then 'changed_after'
            else 'signed'
        end as signature_status
    from school_feeds
    inner join {{ ref('int_registers') }} as registers
        on
            school_feeds.school_year = registers.school_year
            and school_feeds.school_code = registers.school_code
    left join signing
        on
            school_feeds.district_code = signing.district_code
            and school_feeds.school_year >= signing.since_year
    left join {{ ref('int_return_signatures') }} as signatures
        on
            school_feeds.school_year = signatures.school_year
            and school_feeds.school_code = signatures.school_code
            and school_feeds.feed = signatures.feed

)

select * from final
