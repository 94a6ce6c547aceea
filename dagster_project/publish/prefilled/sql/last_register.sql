-- the last entry of each school in the register before a year
select * from accepted.schools
where school_year < $school_year
qualify school_year = max(school_year) over (partition by school_code)
order by source_file, row_number
