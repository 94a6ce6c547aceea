-- a stage of which no school sent a return owes its returns all the same
with returns as (

    select
        school_year,
        district_code,
        sum(returns_expected) as due,
        sum(returns_complete) as available
    from {{ ref('int_class_returns') }}
    where {{ is_judged_stage('stage') }}
    group by school_year, district_code

),

classes as (

    select
        school_year,
        district_code,
        sum(classes) as classes,
        sum(classes - classes_over_standard) as classes_within_standard,
        sum(classes_large) as classes_large,
        sum(classes_super_large) as classes_super_large
    from {{ ref('int_district_class_sizes') }}
    where {{ is_judged_stage('stage') }}
    group by school_year, district_code

),

final as (

    select
        returns.school_year,
        returns.district_code,
        returns.due,
        returns.available,
        classes.classes,
        classes.classes_within_standard,
        classes.classes_large,
        classes.classes_super_large
    from returns
    left join classes
        on
            returns.school_year = classes.school_year
            and returns.district_code = classes.district_code

)

select * from final
