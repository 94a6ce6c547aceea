-- From which day on the returns behind a figure were there.
with final as (

    select
        made_of.figure_code,
        receipt_days.district_code,
        receipt_days.observed_on,
        max(receipt_days.received_on) as received_on
    from {{ ref('int_figure_feeds') }} as made_of
    inner join {{ ref('stg_receipt_days') }} as receipt_days on made_of.feed = receipt_days.feed
    group by made_of.figure_code, receipt_days.district_code, receipt_days.observed_on

)

select * from final
