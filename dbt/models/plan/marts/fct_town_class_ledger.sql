with entries as (

    select * from {{ ref('fct_class_ledger') }}
    where state <> 'closed'

),

final as (

    select
        district_code,
        town,
        stage,
        count(distinct school_code) as schools,
        cast(sum(classes) as bigint) as open_classes,
        cast(sum(case when state = 'to_verify' then classes else 0 end) as bigint) as to_verify_classes,
        cast(sum(case when to_verify_reason = 'school_left' then classes else 0 end) as bigint) as school_left_classes,
        cast(sum(case when latest_students is null then classes else 0 end) as bigint) as classes_in_bands,
        sum((coalesce(latest_students, cast(latest_size_minimum as double)) - standard_size) * classes)
            as excess_students_at_least,
        max(last_counted_on) as last_counted_on
    from entries
    group by district_code, town, stage

)

select * from final
