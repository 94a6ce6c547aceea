{#
Junior secondary schools by the grade that they begin with. Where primary school has five years, junior secondary school
begins with the sixth grade. A school has that system where most junior secondary schools of its district list the sixth
grade (`is_in_early_district`), or where each of its yearly returns does and there are several (`always_begins_early`): a
single grade of one return may be a typing error. The record asks too, before the models (`read_sql` knows this macro).

`listed` is a relation with a row per school and return: district_code, school_code, is_yearly, begins_early (1 or 0).
#}
{%- macro junior_schools_by_first_grade(listed) -%}
    select
        schools.district_code,
        schools.school_code,
        schools.begins_early,
        schools.always_begins_early,
        2 * sum(schools.begins_early) over (partition by schools.district_code)
        > count(*) over (partition by schools.district_code) as is_in_early_district
    from (
        select
            district_code,
            school_code,
            max(begins_early) as begins_early,
            sum(case when is_yearly then 1 else 0 end) > 1
            and min(case when is_yearly then begins_early end) = 1 as always_begins_early
        from {{ listed }}
        group by district_code, school_code
    ) as schools
{%- endmacro -%}
