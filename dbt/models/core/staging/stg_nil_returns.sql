-- returns that say that there is nothing to report; the record keeps none yet
select
    cast(null as varchar) as feed,
    cast(null as varchar) as district_code,
    cast(null as varchar) as school_code,
    cast(null as varchar) as reporting_month,
    cast(null as integer) as school_year,
    cast(null as varchar) as source_file,
    cast(null as varchar) as sheet,
    cast(null as varchar) as cell
where 1 = 0
