-- sqlfluff:templater:jinja:context:feed:'staffing'
-- sqlfluff:templater:jinja:context:school_year:2023
-- sqlfluff:templater:jinja:context:submission:1
-- sqlfluff:templater:jinja:context:source_file:'a.xlsx'
-- Schools whose rows of a feed and year are in force from another file that came with a refused sheet or after it.
select
    v.school_code,
    min(v.submission) as submission
from candidate.latest_rows as r
inner join candidate.verdicts as v on r.feed = v.feed and r.row_id = v.row_id
where
    v.feed = {{ feed }} and v.school_year = {{ school_year }}
    and v.submission >= {{ submission }} and v.source_file <> {{ source_file }}
group by v.school_code
