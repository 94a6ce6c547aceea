-- sqlfluff:templater:jinja:context:offered_zh:"'{name} {code}'"
-- Findings about a code that can't be read: where one registered school alone bears the name that stands in the code's
-- cell or beside it, the finding names that school and its code.
with named as (

    select
        r.school_year,
        s.school_name,
        min(s.school_code) as school_code
    from candidate.registers as r
    inner join accepted.schools as s
        on r.school_code = s.school_code and r.register_school_year = s.school_year
    group by r.school_year, s.school_name
    having count(distinct s.school_code) = 1

)

update candidate.faults as f
set
    school_code = n.school_code,
    school_name = n.school_name,
    message_zh = f.message_zh || replace(replace({{ offered_zh }}, '{name}', n.school_name), '{code}', n.school_code)
from named as n
where
    f.rule_code in ('BAD_CODE', 'KEY_BLANK') and f.column_name = 'school_code' and f.feed <> 'schools'
    and coalesce(f.school_code, '') = '' and f.school_year = n.school_year
    and n.school_name in (trim(f.value), trim(f.school_name))
