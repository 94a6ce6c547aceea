-- The published figure to be traced.
select
    f.*,
    i.label_zh,
    i.unit_zh,
    i.numerator_unit_zh,
    i.decimals,
    i.scale,
    i.direction,
    d.name_zh
from marts.fct_school_indicators as f
inner join marts.dim_indicators as i on f.indicator_code = i.indicator_code
inner join marts.dim_schools as d on f.school_year = d.school_year and f.school_code = d.school_code
where f.school_code = ? and f.indicator_code = ? and f.school_year = ? and f.stage = ?
