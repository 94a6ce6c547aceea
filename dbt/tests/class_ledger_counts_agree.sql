-- What: stages whose open classes in the latest month differ from those of the ledger itself.
-- Matters: page, report, workbook and measure would give different numbers of oversized classes.
-- Resolve: both are made of int_class_ledger_spells; a join multiplied or lost entries.
{{ config(meta={'label_zh': '“超标班级台账”与逐月汇总的未销号班级数不一致'}) }}
with entries as (

    select
        district_code,
        stage,
        sum(case when state <> 'closed' then classes else 0 end) as open_classes,
        sum(case when state = 'to_verify' then classes else 0 end) as to_verify_classes
    from {{ ref('fct_class_ledger') }}
    group by district_code, stage

),

months as (

    select * from {{ ref('fct_district_class_ledger') }}
    where reporting_month = (select max(latest.reporting_month) from {{ ref('fct_district_class_ledger') }} as latest)

)

select
    months.district_code,
    months.stage,
    months.open_classes,
    entries.open_classes as open_classes_of_entries
from months
left join entries
    on
        months.district_code = entries.district_code
        and months.stage = entries.stage
where
    entries.open_classes is null
    or months.open_classes <> entries.open_classes
    or months.to_verify_classes <> entries.to_verify_classes
