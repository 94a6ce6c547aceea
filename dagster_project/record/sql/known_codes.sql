-- Codes that stand for a school of the register in a school year though no school has them: its former code in the
-- register, and the codes that the crosswalk lists on some day of the year, from the day on that they are valid.
create table candidate.known_codes as
with listed as (

    select
        school_code,
        valid_from,
        valid_until,
        old_code as other_code
    from accepted.school_codes
    union all
    select
        school_code,
        valid_from,
        valid_until,
        credit_code as other_code
    from accepted.school_codes
    union all
    select
        school_code,
        valid_from,
        valid_until,
        other_system_code as other_code
    from accepted.school_codes

),

named as (

    select
        school_year,
        school_code,
        former_school_code as other_code,
        true as is_former
    from accepted.schools
    where former_school_code is not null
    union all
    select
        y.school_year,
        l.school_code,
        candidate.code_key(l.other_code) as other_code,
        false as is_former
    from listed as l
    inner join candidate.folder_years as y
        on
            l.valid_from < make_date(y.school_year + 1, 9, 1)
            and (l.valid_until is null or l.valid_until >= make_date(y.school_year, 9, 1))
    cross join accepted.build_context as b
    where l.other_code is not null and l.valid_from <= b.as_of

),

-- a crosswalk of earlier years may lead to a code that the year's register calls a former one
followed as (

    select
        n.school_year,
        n.other_code,
        n.is_former,
        coalesce(r.school_code, f.school_code, n.school_code) as school_code
    from named as n
    left join accepted.schools as r on n.school_year = r.school_year and n.school_code = r.school_code
    left join accepted.schools as f on n.school_year = f.school_year and n.school_code = f.former_school_code

)

select
    n.school_year,
    n.other_code,
    n.school_code,
    bool_or(n.is_former) as is_former
from followed as n
left join accepted.schools as r on n.school_year = r.school_year and n.other_code = r.school_code
where r.school_code is null and n.other_code <> n.school_code
group by n.school_year, n.other_code, n.school_code
