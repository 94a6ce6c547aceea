-- Accepted tables of {schools} invented schools in one school year, {district_schools} to a district, about 40 classes each.
-- Deterministic: every figure is a hash of the school's number. Some of everything that makes the rules
-- work is in it: campuses, held schools, attached classes, bands, blank cells, missing and quarantined rows.
create or replace temp macro draw(number, salt, sides) as cast(hash(number, salt) % sides as bigint);

create temp table numbered as
select
    i,
    i // {district_schools} as district,
    cast(1000000000 + i as varchar) as school_code,
    case
        when b < 200 then 'kindergarten'
        when b < 560 then 'primary'
        when b < 600 then 'teaching_point'
        when b < 740 then 'junior_secondary'
        when b < 860 then 'nine_year'
        when b < 880 then 'twelve_year'
        when b < 930 then 'complete_secondary'
        when b < 960 then 'senior_secondary'
        when b < 980 then 'secondary_vocational'
        when b < 990 then 'technician'
        else 'special'
    end as school_type,
    b < 700 and b >= 200 and not (b >= 560 and b < 600) and draw(i, 2, 40) = 0 as wants_master
from (select i, draw(i, 1, 1000) as b from range({schools}) as numbers (i)) as drawn;

insert into accepted.schools by name
select
    2023 as school_year,
    school_code,
    '合成第' || (i + 1) || '学校' as school_name,
    cast(100000 + district as varchar) as district_code,
    '第' || (1 + draw(i, 3, 25)) || '镇' as town,
    case draw(i, 4, 7)
        when 0 then '111' when 1 then '112' when 2 then '121' when 3 then '122' when 4 then '123' when 5 then '210'
        else '220'
    end as urban_rural_code,
    school_type,
    case when draw(i, 5, 100) < (case when school_type = 'kindergarten' then 45 else 8 end) then 'private' else 'public' end
        as ownership,
    school_type = 'kindergarten' and draw(i, 6, 10) < 8 as is_inclusive,
    draw(i, 7, 10) < 2 as is_boarding,
    1950 + draw(i, 8, 74) as founded_year,
    not (draw(i, 9, 500) = 0) as is_counted_as_school,
    case
        when wants_master and not previous_wants and previous_type in ('primary', 'junior_secondary', 'nine_year')
            and previous_district = district then cast(1000000000 + i - 1 as varchar)
        when draw(i, 10, 1000) = 1 then '9999999999'
    end as master_school_code,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '学校名录' as sheet,
    2 + i % {district_schools} as row_number,
    0 as part
from (
    select *,
        lag(wants_master) over (order by i) as previous_wants,
        lag(school_type) over (order by i) as previous_type,
        lag(district) over (order by i) as previous_district
    from numbered
) as neighbours
order by i;

create temp table stages as
select n.i, n.district, n.school_code, n.school_type, s.stage, cast(greatest(s.classes + draw(n.i, 11, 5) - 2, 2) as bigint) as classes,
    case when n.school_type in ('teaching_point', 'special') then 14 when s.stage = 'preschool' then 28 else 41 end as usual_size
from numbered as n
inner join (
    values
    ('kindergarten', 'preschool', 10, 1), ('primary', 'primary', 48, 1), ('primary', 'preschool', 3, 200),
    ('teaching_point', 'primary', 5, 1), ('junior_secondary', 'junior_secondary', 46, 1),
    ('junior_secondary', 'primary', 6, 300), ('nine_year', 'primary', 41, 1), ('nine_year', 'junior_secondary', 22, 1),
    ('twelve_year', 'primary', 44, 1), ('twelve_year', 'junior_secondary', 22, 1), ('twelve_year', 'senior_secondary', 24, 1),
    ('complete_secondary', 'junior_secondary', 31, 1), ('complete_secondary', 'senior_secondary', 32, 1),
    ('senior_secondary', 'senior_secondary', 62, 1), ('secondary_vocational', 'secondary_vocational', 50, 1),
    ('technician', 'secondary_vocational', 40, 1), ('special', 'primary', 9, 1)
) as s (school_type, stage, classes, one_in)
    on n.school_type = s.school_type and draw(n.i, 12, s.one_in) = 0;

insert into accepted.class_sizes by name
select
    2023 as school_year,
    school_code,
    '合成第' || (i + 1) || '学校' as school_name,
    stage,
    case stage
        when 'primary' then cast(1 + j % 6 as varchar)
        when 'junior_secondary' then cast(7 + j % 3 as varchar)
        when 'preschool' then
            case j % 4
                when 0 then 'junior_kindergarten' when 1 then 'middle_kindergarten' when 2 then 'senior_kindergarten'
                else 'mixed_age'
            end
        else cast(10 + j % 3 as varchar)
    end as grade,
    (j + 1) || '班' as class_name,
    case
        when form = 7 or draw(i * 256 + j, 20, 8000) = 0 then null
        when form = 9 then 4 * (usual_size - 2) + draw(i * 256 + j, 21, 9)
        when draw(i * 256 + j, 22, 300) = 0 then usual_size + 15 + draw(i * 256 + j, 23, 20)
        else usual_size - 11 + draw(i * 256 + j, 24, 20)
    end as students,
    case when form = 7 then 3 when form = 9 then 4 end as class_count,
    case when form = 7 then 36 + 5 * draw(i * 256 + j, 25, 4) end as size_band_minimum,
    case when form = 7 then 40 + 5 * draw(i * 256 + j, 25, 4) end as size_band_maximum,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '班级学生数' as sheet,
    2 + (i % {district_schools}) * 128 + j as row_number,
    0 as part
from (select *, case when stage = 'preschool' then 0 else draw(i, 13, 400) end as form from stages) as s
cross join lateral (select unnest(range(s.classes)) as j) as places
where stage <> 'secondary_vocational' and draw(i, 14, 250) > 0;

insert into accepted.enrolment by name
select
    school_year, school_code, stage,
    case draw(cast(school_code as bigint), 31, 700) when 0 then null when 1 then 0
        else coalesce(sum(students), 40 * sum(coalesce(class_count, 1))) + (case when draw(cast(school_code as bigint), 32, 20) = 0 then 1 else 0 end)
    end as students,
    sum(coalesce(class_count, 1)) as classes,
    any_value(source_file) as source_file,
    any_value(sha256) as sha256,
    '在校生数' as sheet,
    2 as row_number,
    0 as part
from accepted.class_sizes
where draw(cast(school_code as bigint), 30, 10) < 6
group by school_year, school_code, stage
order by school_code, stage;

insert into accepted.staffing by name
select
    2023 as school_year,
    school_code,
    stage,
    1 + pupils * (65 + draw(i, 40, 20)) // 1000 as full_time_teachers,
    1 + pupils * (39 + demand + draw(i, 41, 14)) // 1000 as above_required_degree_teachers,
    case draw(i, 42, 500) when 0 then null else 1 + pupils * (86 + draw(i, 43, 50)) // 10000 end as backbone_teachers,
    pupils * (36 + draw(i, 44, 18)) // 10000 as pe_teachers,
    1 + pupils * (26 + draw(i, 45, 9)) // 10000 as music_teachers,
    1 + pupils * (24 + draw(i, 46, 9)) // 10000 as fine_art_teachers,
    case draw(i, 47, 3) when 0 then 1 when 1 then 0 end as other_art_teachers,
    pupils * 60 // 1000 as certified_teachers,
    pupils * 55 // 1000 as trained_360_hours_teachers,
    pupils * 20 // 1000 as rotation_eligible_teachers,
    pupils * 3 // 1000 as rotated_teachers,
    pupils // 1000 as rotated_backbone_teachers,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '教师配备' as sheet,
    2 + i % {district_schools} as row_number,
    0 as part
from (
    select *, usual_size * classes as pupils, case when stage = 'primary' then 0 else 11 end as demand
    from stages
) as s
where draw(i, 48, 150) > 0
order by i, stage;

insert into accepted.floor_area by name
select
    2023 as school_year,
    school_code,
    round(pupils * (4.6 + demand + draw(i, 50, 300) / 100.0) + draw(i, 51, 100) / 100.0, 2) as teaching_area_m2,
    round(pupils * draw(i, 52, 90) / 100.0, 2) as indoor_sports_area_m2,
    case draw(i, 53, 500) when 0 then null else round(pupils * (7.4 + 2 * demand + draw(i, 54, 300) / 100.0), 2) end
        as sports_ground_area_m2,
    round(pupils * (0.2 + demand / 25.0 + draw(i, 55, 150) / 1000.0), 2) as equipment_10k_yuan,
    1 + pupils * (23 + draw(i, 56, 12)) // 1000 as multimedia_classrooms,
    case draw(i, 57, 50) when 0 then null else pupils * (15 + draw(i, 58, 30)) end as books,
    pupils * (8 + draw(i, 59, 10)) // 100 as computers,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '校舍与装备' as sheet,
    2 + i % {district_schools} as row_number,
    0 as part
from (
    select i, district, school_code, school_type, sum(usual_size * classes) as pupils,
        max(case when stage = 'primary' then 0.0 else 1.3 end) as demand
    from stages
    where stage in ('primary', 'junior_secondary', 'senior_secondary')
    group by all
) as s
where draw(i, 60, 150) > 0
order by i;

insert into accepted.kindergarten_pay by name
select
    2023 as school_year,
    school_code,
    in_post + temporary + draw(i, 70, 9) as staff,
    in_post as in_post_teachers,
    in_post * (110000.0 + 100 * draw(i, 71, 200)) as in_post_annual_pay_yuan,
    temporary as temporary_teachers,
    case draw(i, 72, 300) when 0 then null else temporary * (31000.0 + 100 * draw(i, 73, 70)) end as temporary_annual_pay_yuan,
    in_post + temporary // 2 as fully_insured_staff,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '幼儿园待遇' as sheet,
    2 + i % {district_schools} as row_number,
    0 as part
from (
    select *, case when draw(i, 74, 3) = 0 then draw(i, 75, 4) else 6 + draw(i, 76, 12) end as in_post,
        case when draw(i, 77, 3) = 0 then draw(i, 78, 4) else 3 + draw(i, 79, 12) end as temporary
    from numbered
    where school_type = 'kindergarten'
) as s
where draw(i, 80, 150) > 0
order by i;

insert into accepted.vocational_enrolment by name
select
    2023 as school_year,
    school_code,
    case when school_type in ('secondary_vocational', 'technician') then school_type else 'general' end as upper_secondary_type,
    pupils as students,
    pupils // 3 as planned_entrants,
    pupils // 3 - 4 as entrants,
    pupils // 3 - 20 as graduates,
    round(pupils * (30.0 + draw(i, 90, 12)), 2) as campus_area_m2,
    round(pupils * (28.0 + draw(i, 90, 12)), 2) as owned_campus_area_m2,
    round(pupils * (18.0 + draw(i, 91, 6)), 2) as floor_area_m2,
    round(pupils * (17.0 + draw(i, 91, 6)), 2) as owned_floor_area_m2,
    1 + pupils // (17 + draw(i, 92, 6)) as full_time_teachers,
    1 + pupils // 40 as specialised_teachers,
    1 + pupils // 90 as dual_qualified_teachers,
    1 + pupils // 90 as senior_title_teachers,
    pupils // 200 as part_time_teachers,
    round(pupils * (0.2 + draw(i, 93, 20) / 100.0), 2) as equipment_10k_yuan,
    pupils * (24 + draw(i, 94, 14)) as books,
    'districts/' || district || '.xlsx' as source_file,
    md5('district' || district) as sha256,
    '高中阶段教育' as sheet,
    2 + i % {district_schools} as row_number,
    0 as part
from (
    select i, district, school_code, school_type, sum(usual_size * classes) as pupils
    from stages
    where stage in ('senior_secondary', 'secondary_vocational')
    group by all
) as s
where draw(i, 95, 150) > 0
order by i;

insert into accepted.quarantined_rows by name
select 2023 as school_year, f.feed, s.school_code, case when f.by_stage then s.stage end as stage,
    'districts/' || s.district || '.xlsx' as source_file, md5('district' || s.district) as sha256, f.feed as sheet,
    100000 + s.i % {district_schools} as row_number, row_number() over (order by s.i, s.stage, f.feed) as row_id
from stages as s
inner join (values ('class_sizes', true, 97), ('enrolment', true, 98), ('staffing', true, 48), ('floor_area', false, 60))
    as f (feed, by_stage, salt)
    on case when f.salt > 90 then draw(s.i, f.salt, 500) = 0 else draw(s.i, f.salt, 300) = 0 end
where f.by_stage or s.stage in ('primary', 'junior_secondary', 'senior_secondary');

create table accepted.submissions as
select 1::bigint as submission, source_file, sheet, feed, 2023 as school_year, sha256, timestamp '2023-10-01 00:00:00' as received_at,
    date '2023-10-01' as received_on,
    200::bigint as rows_read, 200::bigint as rows_accepted, 0::bigint as rows_unpublished, 0::bigint as rows_quarantined, 0::bigint as rows_dropped,
    'accepted' as status
from (select distinct source_file, sha256 from accepted.schools) as files
cross join (
    values ('学校名录', 'schools'), ('班级学生数', 'class_sizes'), ('教师配备', 'staffing'), ('校舍与装备', 'floor_area')
) as sheets (sheet, feed);

create table accepted.assumptions as
select distinct 2023 as school_year, source_file, '班级学生数' as sheet, 'C2' as cell, 'class_sizes' as feed,
    'CHOICE_SPELLING' as rule_code, '学段' as column_zh, '小学部' as value,
    '“学段”有 200 处是同义写法（如“小学部”读作“小学”）；不对请改为规定的词后重报。' as message_zh
from accepted.schools;

create table accepted.problems as
select 2023 as school_year, 'warn' as severity, 'format' as class, 'BLANK_CELL' as rule_code,
    'districts/' || district || '.xlsx' as source_file, '校舍与装备' as sheet, 'F' || (2 + i % {district_schools}) as cell,
    'floor_area' as feed, school_code, '合成第' || (i + 1) || '学校' as school_name, '图书(册)' as column_zh, '' as value,
    '“图书(册)”没有填，按缺数据处理。' as message_zh, (2 + i % {district_schools})::bigint as row_number
from numbered
where draw(i, 57, 50) = 0;

