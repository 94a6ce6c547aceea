-- What: compulsory schools of the register, neither held nor merged, without any unit.
-- Matters: a school that sends nothing must show as undetermined, not vanish.
-- Resolve: look at school_type_stages and int_units.
{{ config(meta={'label_zh': '名录里有义务教育学校没有列入评估'}) }}
select
    schools.school_year,
    schools.school_code
from {{ ref('dim_schools') }} as schools
inner join {{ ref('school_type_stages') }} as stages
    on schools.school_type = stages.school_type and {{ is_judged_stage('stages.stage') }}
left join {{ ref('fct_school_compliance') }} as compliance
    on
        schools.school_year = compliance.school_year
        and schools.unit_school_code = compliance.school_code
        and stages.stage = compliance.stage
where not schools.is_held and compliance.school_code is null
