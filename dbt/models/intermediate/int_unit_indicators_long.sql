{{ config(materialized='view') }}

with long_form as (

    {{ unpivot_keeping_nulls(
        ref('int_unit_indicators'),
        ['school_year', 'school_code', 'stage'],
        'indicator_code',
        indicator_columns('int_unit_indicators'),
        {'source_total': '*'}
    ) }}

)

select * from long_form
