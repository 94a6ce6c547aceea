-- Reported columns that each indicator is computed from.
select
    s.indicator_code,
    i.feed,
    s.column_name
from seeds.indicator_sources as s
inner join seeds.indicators as i on s.indicator_code = i.indicator_code
