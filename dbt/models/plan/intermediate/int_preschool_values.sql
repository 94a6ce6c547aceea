-- One row per school year, district and figure of preschool universality, before its standard.
with support as (

    select
        school_year,
        district_code,
        count(*) as due,
        count(children) as available,
        sum(children) as children,
        sum(case when is_inclusive then children end) as inclusive_children,
        sum(case when ownership = 'public' then children end) as public_children,
        sum(nursery_places) as nursery_places,
        sum(nursery_children) as nursery_children,
        sum(case when nursery_places > 0 then 1 else 0 end) as kindergartens_with_nursery,
        sum(case when inclusive_assessment = 'passed' then 1 else 0 end) as assessed_inclusive,
        sum(guard_subsidy_yuan) as guard_subsidy_yuan,
        sum(case when ownership = 'public' then 1 else 0 end) as public_due,
        count(case when ownership = 'public' then public_funding_yuan end) as public_available,
        min(case when ownership = 'public' then public_funding_yuan end) as lowest_funding_yuan,
        avg(case when is_inclusive then fee_yuan_per_month end) as mean_fee_yuan_per_month
    from {{ ref('int_kindergarten_support') }}
    group by school_year, district_code

),

figures as (

    select
        district_code,
        figure_year as school_year,
        max(case when figure_code = 'children_in_kindergartens' then figure end) as enrolled,
        max(case when figure_code = 'children_3_to_6_registered' then figure end) as registered,
        max(case when figure_code = 'children_3_to_6_resident' then figure end) as resident
    from {{ ref('stg_district_figures') }}
    group by district_code, figure_year

),

certified as (

    select
        schools.school_year,
        schools.district_code,
        count(*) as due,
        count(staffing.certified_teachers) as available,
        sum(case when staffing.certified_teachers is not null then staffing.full_time_teachers end) as teachers,
        sum(staffing.certified_teachers) as certified_teachers
    from {{ ref('int_schools') }} as schools
    left join {{ ref('stg_staffing') }} as staffing
        on
            schools.school_year = staffing.school_year
            and schools.school_code = staffing.school_code
            and staffing.stage = 'preschool'
    where schools.school_type = 'kindergarten'
    group by schools.school_year, schools.district_code

),

teachers as (

    select
        reported.school_year,
        reported.district_code,
        count(*) as due,
        count(case when reported.children is not null then staffing.full_time_teachers end) as available,
        sum(case when staffing.full_time_teachers is not null then reported.children end) as children,
        sum(case when reported.children is not null then staffing.full_time_teachers end) as teachers
    from {{ ref('int_kindergarten_support') }} as reported
    left join {{ ref('stg_staffing') }} as staffing
        on
            reported.school_year = staffing.school_year
            and reported.school_code = staffing.school_code
            and staffing.stage = 'preschool'
    group by reported.school_year, reported.district_code

),

united as (

    {% for code, denominator in [('gross_enrolment_rate', 'registered'), ('gross_enrolment_rate_of_residents', 'resident')] -%}
        select
            school_year,
            district_code,
            '{{ code }}' as figure_code,
            enrolled as numerator,
            {{ denominator }} as denominator,
            cast(1 as bigint) as due,
            cast(1 as bigint) as available
        from figures
        where enrolled is not null and {{ denominator }} is not null
        union all
    {% endfor -%}
    {% for code, numerator in [
        ('inclusive_coverage_rate', 'inclusive_children'), ('public_kindergarten_share', 'public_children')
    ] -%}
        select
            school_year,
            district_code,
            '{{ code }}' as figure_code,
            cast({{ numerator }} as double) as numerator,
            cast(children as double) as denominator,
            due,
            available
        from support
        union all
    {% endfor -%}
    {% for code, total in [
        ('nursery_places', 'nursery_places'), ('nursery_children', 'nursery_children'),
        ('kindergartens_with_nursery', 'kindergartens_with_nursery'), ('assessed_inclusive', 'assessed_inclusive'),
        ('guard_subsidy_yuan', 'guard_subsidy_yuan'), ('mean_fee_yuan_per_month', 'mean_fee_yuan_per_month')
    ] -%}
        select
            school_year,
            district_code,
            '{{ code }}' as figure_code,
            cast({{ total }} as double) as numerator,
            cast(null as double) as denominator,
            due,
            available
        from support
        where available > 0
        union all
    {% endfor -%}
    -- the rule speaks of public kindergartens
    select
        school_year,
        district_code,
        'per_child_public_funding_yuan' as figure_code,
        cast(lowest_funding_yuan as double) as numerator,
        cast(null as double) as denominator,
        cast(public_due as bigint) as due,
        public_available as available
    from support
    where public_available > 0
    union all
    select
        school_year,
        district_code,
        'certified_teacher_share' as figure_code,
        cast(certified_teachers as double) as numerator,
        cast(teachers as double) as denominator,
        due,
        available
    from certified
    union all
    select
        school_year,
        district_code,
        'children_per_teacher' as figure_code,
        cast(children as double) as numerator,
        cast(teachers as double) as denominator,
        due,
        available
    from teachers
    union all
    select
        school_year,
        district_code,
        'class_size_compliance_rate' as figure_code,
        cast(classes - classes_over_standard as double) as numerator,
        cast(classes as double) as denominator,
        classes + rows_without_size as due,
        classes as available
    from {{ ref('int_district_class_sizes') }}
    where stage = 'preschool'

)

select * from united
