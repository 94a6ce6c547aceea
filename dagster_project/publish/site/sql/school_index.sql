-- The list of the schools of each district as JSON, with the part that holds each school.
select
    district_code,
    to_json({
        'columns': ['school_code', 'name_zh', 'town', 'school_type', 'part'],
        'rows': list(
            json_array(school_code, name_zh, town, school_type, part)
            order by town, name_zh, school_code
        )
    }) as schools
from temp.site_schools
group by district_code
order by district_code
