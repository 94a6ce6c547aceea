-- Schools that go on under another code: renamed, or merged into a school that was there before, whatever codes either had
-- before and afterwards. A school that is merged into two others goes on in neither.
with registers as (

    select * from {{ ref('int_register_rows') }}

),

present_codes as (

    select * from {{ ref('int_later_codes') }}
    where is_last

),

listed as (

    select
        registers.school_year,
        registers.school_code,
        registers.master_school_code,
        coalesce(present_codes.later_school_code, registers.school_code) as present_school_code,
        coalesce(present_masters.later_school_code, registers.master_school_code) as present_master_code
    from registers
    left join present_codes on registers.school_code = present_codes.school_code
    left join present_codes as present_masters on registers.master_school_code = present_masters.school_code
    where registers.master_school_code is null or registers.master_school_code <> registers.school_code

),

-- the last year in which a school was listed for itself, under any of its codes
own_years as (

    select
        present_school_code,
        max(school_year) as last_year
    from listed
    where master_school_code is null
    group by present_school_code

),

stated as (

    select
        present_school_code,
        min(present_master_code) as present_master_code,
        min(school_year) as since_year
    from listed
    where master_school_code is not null and present_master_code <> present_school_code
    group by present_school_code
    having count(distinct present_master_code) = 1

),

-- the code that the other school had when they were merged
merged as (

    select
        stated.present_school_code,
        stated.present_master_code,
        stated.since_year,
        min(listed.master_school_code) as master_school_code
    from stated
    inner join listed
        on
            stated.present_school_code = listed.present_school_code
            and stated.since_year = listed.school_year
            and listed.master_school_code is not null
    left join own_years on stated.present_school_code = own_years.present_school_code
    where own_years.last_year is null or own_years.last_year < stated.since_year
    group by stated.present_school_code, stated.present_master_code, stated.since_year

),

codes as (

    select
        school_code,
        later_school_code as renamed_school_code,
        since_year
    from present_codes
    union all
    select
        merged.present_school_code as school_code,
        cast(null as string) as renamed_school_code,
        cast(null as integer) as since_year
    from merged
    left join present_codes on merged.present_school_code = present_codes.school_code
    where present_codes.school_code is null

),

final as (

    select
        codes.school_code,
        codes.renamed_school_code,
        merged.master_school_code,
        merged.present_master_code as merged_school_code,
        coalesce(merged.since_year, codes.since_year) as since_year
    from codes
    left join merged on coalesce(codes.renamed_school_code, codes.school_code) = merged.present_school_code

)

select * from final
