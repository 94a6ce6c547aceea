-- sqlfluff:templater:jinja:context:view:candidate.staffing_judged
-- sqlfluff:templater:jinja:context:relation:candidate.staffing
-- sqlfluff:templater:jinja:context:feed:staffing
-- sqlfluff:templater:jinja:context:columns:c.school_code, c.stage
-- sqlfluff:templater:jinja:context:school_name:c.school_name
-- Rows of a school year, with what the register of that year says of their school.
create view {{ view }} as
-- codes that the register or the crosswalk knows for several schools: whose rows they are isn't known
with successors as (

    select
        school_year,
        other_code,
        string_agg(school_code, '、' order by school_code) as successor_code
    from candidate.known_codes
    group by school_year, other_code
    having count(*) > 1

),

-- years of which some register could be used
registered_years as (

    select distinct school_year
    from accepted.schools

),

-- schools that owe their returns of the year by an earlier register, as their town has sent none for it yet
waiting as (

    select
        school_year,
        school_code,
        register_school_year
    from candidate.registers
    where register_school_year < school_year

),

-- schools whose row of the register could not be used, with its place
unused as (

    select
        v.school_year,
        v.school_code,
        max_by(
            concat_ws(' › ', v.source_file, nullif(v.sheet, ''), '第 ' || v.row_number || ' 行'), v.submission
        ) as place
    from candidate.verdicts as v
    where v.feed = 'schools' and v.verdict = 'quarantined'
    group by v.school_year, v.school_code

)

select
    c.row_id,
    c.school_year,
    {{ columns }},
    c.source_file,
    c.sheet,
    c.row_number,
    x.is_conflict,
    x.other_row,
    x.what_to_do_zh,
    r.school_name as registered_name,
    r.district_code as register_district,
    case when c.school_code is not null then r.school_code is not null or s.successor_code is not null end
        as is_registered,
    r.school_code is not null or s.successor_code is null as is_current_code,
    s.successor_code,
    coalesce(
        '名录里该校的一行（' || u.place || '）有问题，没有采用；请先改好那一行，改好后在等的行自动生效，不用重报',
        case
            when y.school_year is null
                then '这个学年还没有采用的学校名录；名录报来、改好后，在等的行自动生效，这一行不用改、不用重报'
        end,
        case
            when w.school_code is not null
                then
                    concat(
                        w.register_school_year, '学年的名录里有该校，本学年该校的名录还没有报来（应报仍按往年名录计算）；'
                        || '本学年的名录报来后在等的行自动生效，这一行不用改、不用重报'
                    )
        end,
        '名录里没有这个代码；代码填错的请改正后重报，学校没有登记的请先登记，登记后在等的行自动生效'
    ) as register_says,
    {{ school_name }} is null or {{ school_name }} = r.school_name as name_agrees
from {{ relation }} as c
inner join candidate.context as x on c.row_id = x.row_id and x.feed = '{{ feed }}'
left join accepted.schools as r on c.school_year = r.school_year and c.school_code = r.school_code
left join registered_years as y on c.school_year = y.school_year
left join waiting as w on c.school_year = w.school_year and c.school_code = w.school_code
left join unused as u on c.school_year = u.school_year and c.school_code = u.school_code
left join successors as s on c.school_year = s.school_year and candidate.code_key(c.school_code) = s.other_code
where not x.is_repeated
