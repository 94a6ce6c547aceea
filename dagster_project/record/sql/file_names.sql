select source_file from accepted.submissions
union
select source_file from accepted.problems
union
select source_file from accepted.assumptions
union
select source_file from accepted.problem_ages
union
select source_file from accepted.holds
union
select source_file from accepted.corrections
union
select source_file from accepted.nil_returns
order by source_file
