-- Reported columns that the published indicators are computed from.
select distinct
    i.feed,
    s.column_name
from marts.dim_indicators as i
inner join seeds.indicator_sources as s on i.indicator_code = s.indicator_code
order by i.feed, s.column_name
