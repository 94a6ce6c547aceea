{{ config(materialized='view') }}

with long_form as (

    {{ unpivot_keeping_nulls(
        ref('int_unit_indicators'),
        [
            'school_year', 'district_code', 'school_code', 'stage', 'scope', 'students', 'students_missing_reason',
            'stage_share', 'share_missing_reason',
        ],
        'indicator_code',
        indicator_columns('int_unit_indicators'),
        {'source_total': '*'}
    ) }}

)

select * from long_form
