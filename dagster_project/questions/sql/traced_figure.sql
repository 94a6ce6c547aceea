-- sqlfluff:templater:jinja:context:school_code:'2150000001'
-- sqlfluff:templater:jinja:context:indicator_code:'books_per_student'
-- sqlfluff:templater:jinja:context:school_year:2024
-- sqlfluff:templater:jinja:context:stage:'preschool'
-- The published figure to be traced.
select
    f.school_year,
    f.school_code,
    f.stage,
    f.indicator_code,
    f.numerator,
    f.denominator,
    f.source_total,
    f.stage_share,
    f.value,
    f.threshold,
    f.status,
    f.missing_reason,
    f.gap_to_threshold,
    f.gap_to_floor,
    f.rounding_flips_verdict,
    i.label_zh,
    i.unit_zh,
    i.numerator_unit_zh,
    i.decimals,
    i.scale,
    d.name_zh
from marts.fct_school_indicators as f
inner join marts.dim_indicators as i on f.indicator_code = i.indicator_code
inner join marts.dim_schools as d on f.school_year = d.school_year and f.school_code = d.school_code
where
    f.school_code = {{ school_code }}
    and f.indicator_code = {{ indicator_code }}
    and f.school_year = {{ school_year }}
    and f.stage = {{ stage }}
