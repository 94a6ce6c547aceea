{% set columns = [
    'school_year',
    'school_code',
    'school_name',
    'district_code',
    'town',
    'urban_rural_code',
    'school_type',
    'ownership',
    'is_inclusive',
    'is_boarding',
    'is_counted_as_school',
    'master_school_code',
    'former_school_code',
    'education_group',
    'exchange_area',
    'is_planned_and_built_by_2010',
    'is_planned_and_built_by_2016',
    'is_in_dense_city_centre',
    'founded_year',
    'longitude',
    'latitude',
    'source_file',
    'sheet',
    'row_number',
] %}
{% for relation, is_waiting in ((ref('stg_schools'), 'false'), (ref('stg_waiting_schools'), 'true')) -%}
    select
        {% for column in columns -%}
            {{ column }},
        {% endfor -%}
        {{ is_waiting }} as is_waiting
    from {{ relation }}
    {{ 'union all' if not loop.last }}
{% endfor %}
