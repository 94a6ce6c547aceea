-- sqlfluff:templater:jinja:context:district_code:'500199'
-- How many figures of several sources were compared, by figure and pair of sources.
select
    school_year,
    district_code,
    feed,
    column_zh,
    source_zh,
    other_source_zh,
    count(*) as compared,
    count(case when status = 'agreeing' then 1 end) as agreeing,
    count(case when status = 'different' then 1 end) as different,
    count(case when status = 'explained' then 1 end) as explained
from marts.fct_source_comparison
where district_code = {{ district_code }}
group by school_year, district_code, feed, column_zh, source_zh, other_source_zh
