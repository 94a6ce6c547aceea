-- The marts written by hand in as few statements as possible: thresholds as literals, no checks, no layers.
-- Reference for the time of the layered models; the benchmark compares the verdicts of both.
-- Longer than 500 lines: one script with all marts, as someone would write it without dbt.
create schema minimal;

create table minimal.dim_schools as
select
    *, held_reason_zh is not null as is_held,
    case when held_reason_zh is null then coalesce(master_school_code, school_code) end as unit_school_code
from (
    select
        s.school_year, s.district_code, s.school_code, s.school_name as name_zh, s.town, s.school_type, s.ownership,
        s.urban_rural_code in ('210', '220') as is_rural, s.urban_rural_code, s.is_inclusive, s.is_boarding,
        s.founded_year, s.is_counted_as_school, s.master_school_code, s.former_school_code, s.education_group,
        s.exchange_area, s.longitude, s.latitude, s.school_year as register_school_year, false as is_carried_on,
        case
            when s.master_school_code is null
                then case when s.is_counted_as_school is false then '不计校数，但没有填并入学校标识码' end
            when s.master_school_code = s.school_code then '并入学校标识码是它自己'
            when m.school_code is null then '并入的学校不在本学年的学校名录中'
            when m.master_school_code is not null then '并入的学校自己又并入别校'
            when m.is_counted_as_school is false then '并入的学校不计校数'
            when m.district_code <> s.district_code then '并入的学校在别的区县'
        end as held_reason_zh
    from accepted.schools as s
    left join accepted.schools as m on s.school_year = m.school_year and s.master_school_code = m.school_code
) as judged;

create table minimal.fct_classes as
select
    * exclude (low, high),
    case
        when low is null or standard_size is null then null
        when stage = 'preschool' then case when high <= standard_size then 'within_standard' else 'over_standard' end
        when low >= 66 then 'super_large' when low >= 56 then 'large' when low > standard_size then 'over_standard'
        else 'within_standard'
    end as size_band,
    greatest(low - standard_size, 0) as excess_students
from (
    select
        c.school_year, s.district_code, c.school_code, c.stage, c.grade, c.class_name, c.students,
        coalesce(c.class_count, 1) as class_count, c.size_band_minimum, c.size_band_maximum,
        case c.stage
            when 'primary' then 45 when 'junior_secondary' then 50 when 'senior_secondary' then 55
            when 'preschool' then
                case c.grade
                    when 'nursery' then 20 when 'junior_kindergarten' then 25 when 'senior_kindergarten' then 35 else 30
                end
        end as standard_size,
        coalesce(c.students / coalesce(c.class_count, 1), c.size_band_minimum) as low,
        coalesce(c.students / coalesce(c.class_count, 1), c.size_band_maximum) as high,
        c.students is not null and coalesce(c.class_count, 1) > 1 as is_estimated
    from accepted.class_sizes as c
    left join minimal.dim_schools as s on c.school_year = s.school_year and c.school_code = s.school_code
) as sized;

create temp table class_totals as
select
    school_year, district_code, school_code, stage,
    case when count(students) = count(*) then sum(students) end as students,
    sum(case when size_band is not null then class_count end) as classes,
    sum(case when size_band <> 'within_standard' then class_count end) as over,
    sum(case when size_band in ('large', 'super_large') then class_count end) as large,
    sum(case when size_band = 'super_large' then class_count end) as super_large,
    count(*) - count(size_band) as without_size
from minimal.fct_classes
group by all;

create table minimal.fct_district_class_sizes as
select
    school_year, district_code, stage, coalesce(sum(classes), 0) as classes, coalesce(sum(over), 0) as classes_over_standard,
    case when stage <> 'preschool' then coalesce(sum(large), 0) end as classes_large,
    case when stage <> 'preschool' then coalesce(sum(super_large), 0) end as classes_super_large,
    case when stage <> 'preschool' then coalesce(sum(large), 0) / nullif(sum(classes), 0) end as large_share,
    sum(without_size) as rows_without_size
from class_totals
group by school_year, district_code, stage;

-- one row per school and stage that is due or has rows, with what each feed says of it
create temp table members as
with due (school_type, stage) as (
    values ('primary', 'primary'), ('teaching_point', 'primary'), ('special', 'primary'),
    ('junior_secondary', 'junior_secondary'), ('nine_year', 'primary'), ('nine_year', 'junior_secondary'),
    ('twelve_year', 'primary'), ('twelve_year', 'junior_secondary'), ('twelve_year', 'senior_secondary'),
    ('complete_secondary', 'junior_secondary'), ('complete_secondary', 'senior_secondary'),
    ('senior_secondary', 'senior_secondary'), ('kindergarten', 'preschool'),
    ('secondary_vocational', 'secondary_vocational'), ('technician', 'secondary_vocational')
),

put_aside as (
    select school_year, school_code, stage,
        count(case when feed = 'enrolment' then 1 end) as enrolment,
        count(case when feed = 'class_sizes' then 1 end) as class_sizes,
        count(case when feed = 'staffing' then 1 end) as staffing
    from accepted.quarantined_rows
    where school_code is not null
    group by all
),

stages as (
    select s.school_year, s.school_code, d.stage, true as is_due
    from minimal.dim_schools as s inner join due as d using (school_type)
    union all
    select school_year, school_code, stage, false from class_totals
    union all
    select school_year, school_code, stage, false from accepted.enrolment
    union all
    select school_year, school_code, stage, false from accepted.staffing
    union all
    select school_year, school_code, stage, false from put_aside where stage is not null
),

distinct_stages as (
    select school_year, school_code, stage, bool_or(is_due) as is_due from stages group by all
)

select
    k.school_year, s.district_code, s.unit_school_code, s.school_type, s.town, k.school_code, k.stage, k.is_due,
    case
        when e.school_code is not null then e.students
        when coalesce(q.enrolment, 0) + coalesce(a.enrolment, 0) + coalesce(q.class_sizes, 0) + coalesce(a.class_sizes, 0) = 0
            then c.students
    end as students,
    -- 3 quarantined, 2 not received, 1 blank
    case
        when e.students is not null then 0
        when e.school_code is not null then 1
        when coalesce(q.enrolment, 0) + coalesce(a.enrolment, 0) + coalesce(q.class_sizes, 0) + coalesce(a.class_sizes, 0) > 0
            then 3
        when c.students is not null then 0
        when c.school_code is not null then 1
        else 2
    end as students_reason,
    case
        when t.school_code is not null then 0
        when coalesce(q.staffing, 0) + coalesce(a.staffing, 0) > 0 then 3
        else 2
    end as staffing_reason,
    t.full_time_teachers, t.above_required_degree_teachers, t.backbone_teachers,
    t.pe_teachers + t.music_teachers + t.fine_art_teachers + coalesce(t.other_art_teachers, 0) as pe_art_teachers,
    e.school_code is not null as has_enrolment, c.school_code is not null as has_classes,
    coalesce(q.enrolment, 0) as quarantined_enrolment, coalesce(q.class_sizes, 0) as quarantined_classes,
    coalesce(q.staffing, 0) as quarantined_staffing
from distinct_stages as k
inner join minimal.dim_schools as s using (school_year, school_code)
left join accepted.enrolment as e using (school_year, school_code, stage)
left join class_totals as c using (school_year, school_code, stage)
left join accepted.staffing as t using (school_year, school_code, stage)
left join put_aside as q using (school_year, school_code, stage)
left join put_aside as a on k.school_year = a.school_year and k.school_code = a.school_code and a.stage is null;

create temp table units as
with by_stage as (
    select
        school_year, district_code, unit_school_code, stage,
        max(case when school_code = unit_school_code then school_type end) as own_type,
        case when count(students) = count(*) then sum(students) end as students,
        max(students_reason) as students_reason,
        case when count(full_time_teachers) = count(*) then sum(full_time_teachers) end as full_time,
        case when count(above_required_degree_teachers) = count(*) then sum(above_required_degree_teachers) end as degree,
        case when count(backbone_teachers) = count(*) then sum(backbone_teachers) end as backbone,
        case when count(pe_art_teachers) = count(*) then sum(pe_art_teachers) end as pe_art,
        max(staffing_reason) as staffing_reason
    from members
    where unit_school_code is not null
    group by school_year, district_code, unit_school_code, stage
),

resources as (
    select
        s.school_year, s.unit_school_code,
        max(case when s.school_code = s.unit_school_code then s.school_type end) as school_type,
        max(case when f.school_code is not null then 0 when q.school_code is not null then 3 else 2 end) as area_reason,
        sum(f.teaching_area_m2 - f.indoor_sports_area_m2)
            * case when count(f.teaching_area_m2 - f.indoor_sports_area_m2) = count(*) then 1 end as teaching_area,
        sum(f.sports_ground_area_m2 + f.indoor_sports_area_m2)
            * case when count(f.sports_ground_area_m2 + f.indoor_sports_area_m2) = count(*) then 1 end as sports_area,
        sum(f.equipment_10k_yuan) * case when count(f.equipment_10k_yuan) = count(*) then 10000 end as equipment,
        sum(f.multimedia_classrooms) * case when count(f.multimedia_classrooms) = count(*) then 1 end as multimedia,
        sum(f.books) * case when count(f.books) = count(*) then 1 end as books,
        sum(f.computers) * case when count(f.computers) = count(*) then 1 end as computers
    from minimal.dim_schools as s
    left join accepted.floor_area as f using (school_year, school_code)
    left join (
        select distinct school_year, school_code from accepted.quarantined_rows where feed = 'floor_area'
    ) as q using (school_year, school_code)
    where s.unit_school_code is not null
    group by all
),

shares as (
    select *,
        case when stage in ('primary', 'junior_secondary', 'senior_secondary') then
            students * case stage when 'primary' then 1.0 when 'junior_secondary' then 1.1 else 1.32 end::double end as weight
    from by_stage
),

totals as (
    select school_year, unit_school_code, case when count(weight) = count(*) then sum(weight) end as weight,
        max(students_reason) as any_students_reason
    from shares
    where stage in ('primary', 'junior_secondary', 'senior_secondary')
    group by all
)

select
    b.*, b.weight / nullif(t.weight, 0) as share, t.any_students_reason, r.* exclude (school_year, unit_school_code),
    r.school_type in ('special', 'secondary_vocational', 'technician')
        or (r.school_type = 'teaching_point' and b.students is not null and b.students < 50) as is_out
from shares as b
inner join resources as r using (school_year, unit_school_code)
inner join totals as t using (school_year, unit_school_code)
where b.stage in ('primary', 'junior_secondary');

create table minimal.fct_school_indicators as
with standards (n, indicator_code, scale, is_split, step, primary_threshold, junior_threshold) as (
    values
    (1, 'above_required_degree_teachers_per_100_students', 100, false, 1.0, 4.2, 5.3),
    (2, 'backbone_teachers_per_100_students', 100, false, 1.0, 1.0, 1.0),
    (3, 'pe_art_teachers_per_100_students', 100, false, 1.0, 0.9, 0.9),
    (4, 'teaching_area_m2_per_student', 1, true, 0.01, 4.5, 5.8),
    (5, 'sports_area_m2_per_student', 1, true, 0.01, 7.5, 10.2),
    (6, 'equipment_yuan_per_student', 1, true, 0.01, 2000, 2500),
    (7, 'multimedia_classrooms_per_100_students', 100, true, 1.0, 2.3, 2.4),
    (8, 'full_time_teachers_per_100_students', 100, false, 1.0, null, null),
    (9, 'books_per_student', 1, true, 1.0, null, null),
    (10, 'computers_per_100_students', 100, true, 1.0, null, null)
),

picked as (
    select
        u.school_year, u.district_code, u.unit_school_code as school_code, u.stage, s.n, s.indicator_code, u.students as denominator,
        u.is_out, u.students_reason, u.any_students_reason, s.is_split, s.scale::double as scale, s.step::double as step,
        (case u.stage when 'primary' then s.primary_threshold else s.junior_threshold end)::double as threshold,
        case s.n
            when 1 then u.degree when 2 then u.backbone when 3 then u.pe_art when 4 then u.teaching_area
            when 5 then u.sports_area when 6 then u.equipment when 7 then u.multimedia when 8 then u.full_time
            when 9 then u.books else u.computers
        end::double as source_total,
        case when s.is_split then u.share else 1 end as stage_share,
        case when s.is_split then u.area_reason else u.staffing_reason end as feed_reason
    from units as u
    cross join standards as s
),

valued as (
    select *, source_total * stage_share as numerator, scale * source_total * stage_share / nullif(denominator, 0) as value
    from picked
)

select
    school_year, district_code, school_code, stage, indicator_code, n <= 7 as is_judged, numerator, denominator, source_total,
    stage_share, value, threshold, value / threshold as ratio,
    case
        when is_out then 'out_of_scope'
        when denominator = 0 then 'not_applicable'
        when value is null then 'not_available'
        when threshold is null then 'not_applicable'
        when value >= threshold * (1 - 1e-12) then 'met'
        else 'not_met'
    end as status,
    case when value is null and not is_out and denominator is distinct from 0 then
        case
            when source_total is null
                then case feed_reason when 3 then 'quarantined' when 2 then 'not_received' else 'blank' end
            when denominator is null
                then case students_reason when 3 then 'quarantined' when 2 then 'not_received' else 'blank' end
            else case any_students_reason when 3 then 'quarantined' when 2 then 'not_received' else 'blank' end
        end
    end as missing_reason,
    case when value is not null then
        greatest(ceil((threshold * denominator / (scale * stage_share) - source_total) / step - 1e-6), 0) * step
    end as gap_to_threshold,
    case when value is not null then
        greatest(ceil((0.85 * threshold * denominator / (scale * stage_share) - source_total) / step - 1e-6), 0) * step
    end as gap_to_floor,
    (round(value + 1e-9, 2) >= threshold) <> (value >= threshold * (1 - 1e-12)) as rounding_flips_verdict,
    case when is_out then 'out_of_scope' when denominator = 0 then 'not_applicable' else 'in_scope' end as scope,
    value >= 0.85 * threshold * (1 - 1e-12) as reaches_floor
from valued;

create table minimal.fct_school_compliance as
select
    school_year, district_code, school_code, stage, students, indicators_met, indicators_available, lowest_indicator_code,
    lowest_ratio,
    case
        when is_out then 'out_of_scope'
        when students = 0 then 'not_applicable'
        when indicators_available - indicators_met >= 2 or lowest_ratio < 0.85 * (1 - 1e-12) then 'not_compliant'
        when indicators_available < 7 then 'undetermined'
        else 'compliant'
    end as status,
    indicators_met || '项达标，' || (indicators_available - indicators_met) || '项未达标' as reason_zh
from (
    select
        school_year, district_code, school_code, stage, any_value(denominator) as students,
        count(case when status = 'met' then 1 end) as indicators_met,
        count(case when status in ('met', 'not_met') then 1 end) as indicators_available,
        arg_min(indicator_code, ratio) as lowest_indicator_code,
        min(ratio) as lowest_ratio,
        bool_or(status = 'out_of_scope') as is_out
    from minimal.fct_school_indicators
    where threshold is not null
    group by all
) as counted;

create table minimal.fct_district_indicators as
with available as (
    select school_year, district_code, stage, indicator_code, threshold, denominator, value, status,
        sum(case when value is not null then denominator end) over w as weight,
        sum(value * denominator) over w / sum(case when value is not null then denominator end) over w as mean_value
    from minimal.fct_school_indicators
    where status <> 'out_of_scope' and denominator is distinct from 0
    window w as (partition by school_year, district_code, stage, indicator_code)
),

counted as (
    select
        school_year, district_code, stage, indicator_code, max(threshold) as threshold, count(*) as schools_in_scope,
        count(value) as schools_available,
        case when max(threshold) is not null then count(case when status = 'met' then 1 end) end as schools_met,
        max(mean_value) as mean_value,
        sqrt(sum(denominator / weight * power(value - mean_value, 2))) as standard_deviation
    from available
    group by all
),

judged as (
    select *,
        case when schools_available >= 2 then standard_deviation / nullif(mean_value, 0) end as coefficient_of_variation,
        case when threshold is not null then case stage when 'primary' then 0.5 else 0.45 end::double end as cv_limit
    from counted
)

select
    school_year, district_code, stage, indicator_code, cv_limit is not null as is_judged, schools_in_scope,
    schools_available, schools_met,
    schools_met / nullif(schools_available, 0) as met_share, mean_value, standard_deviation, coefficient_of_variation, cv_limit,
    case
        when cv_limit is null then 'not_applicable'
        when coefficient_of_variation is null then 'not_available'
        when schools_available < schools_in_scope then 'undetermined'
        when coefficient_of_variation <= cv_limit * (1 + 1e-12) then 'met'
        else 'not_met'
    end as cv_status
from judged;

create table minimal.fct_district_compliance as
select
    c.*, c.schools_compliant / nullif(c.schools_compliant + c.schools_not_compliant, 0) as compliance_rate,
    c.schools_compliant / c.schools_in_scope as compliance_rate_low,
    (c.schools_compliant + c.schools_undetermined) / c.schools_in_scope as compliance_rate_high,
    i.composite_cv
from (
    select
        school_year, district_code, stage, count(*) as schools_in_scope,
        count(case when status = 'compliant' then 1 end) as schools_compliant,
        count(case when status = 'not_compliant' then 1 end) as schools_not_compliant,
        count(case when status = 'undetermined' then 1 end) as schools_undetermined
    from minimal.fct_school_compliance
    where status not in ('out_of_scope', 'not_applicable')
    group by all
) as c
left join (
    select school_year, district_code, stage,
        case when count(coefficient_of_variation) = 7 then avg(coefficient_of_variation) end as composite_cv
    from minimal.fct_district_indicators
    where cv_limit is not null
    group by all
) as i using (school_year, district_code, stage);

create table minimal.fct_kindergarten_pay as
select
    s.school_year, s.district_code, s.school_code, s.ownership, p.in_post_teachers, p.temporary_teachers,
    p.in_post_annual_pay_yuan / nullif(p.in_post_teachers, 0) as in_post_mean_annual_pay_yuan,
    p.temporary_annual_pay_yuan / nullif(p.temporary_teachers, 0) as temporary_mean_annual_pay_yuan,
    (p.temporary_annual_pay_yuan / nullif(p.temporary_teachers, 0))
        / nullif(p.in_post_annual_pay_yuan / nullif(p.in_post_teachers, 0), 0) as pay_ratio,
    p.staff, p.fully_insured_staff, p.fully_insured_staff / nullif(p.staff, 0) as insured_share,
    case
        when p.in_post_annual_pay_yuan / nullif(p.in_post_teachers, 0) is null
            and p.temporary_annual_pay_yuan / nullif(p.temporary_teachers, 0) is null then 'not_available'
        else 'available'
    end as pay_status
from minimal.dim_schools as s
inner join accepted.kindergarten_pay as p using (school_year, school_code);

create table minimal.fct_district_kindergarten_pay as
select
    *, temporary_mean_annual_pay_yuan / nullif(in_post_mean_annual_pay_yuan, 0) as pay_ratio,
    case
        when in_post_mean_annual_pay_yuan is null and temporary_mean_annual_pay_yuan is null then 'not_available'
        else 'available'
    end as pay_status
from (
    select
        school_year, district_code, coalesce(ownership, 'all') as ownership, count(in_post_teachers) as kindergartens,
        count(*) as kindergartens_due, sum(in_post_teachers) as in_post_teachers, sum(temporary_teachers) as temporary_teachers,
        sum(in_post_mean_annual_pay_yuan * in_post_teachers) / nullif(sum(in_post_teachers), 0) as in_post_mean_annual_pay_yuan,
        sum(temporary_mean_annual_pay_yuan * temporary_teachers) / nullif(sum(temporary_teachers), 0)
            as temporary_mean_annual_pay_yuan,
        sum(staff) as staff, sum(fully_insured_staff) as fully_insured_staff,
        sum(fully_insured_staff) / nullif(sum(staff), 0) as insured_share
    from (
        select s.school_year, s.district_code, s.ownership,
            p.* exclude (school_year, district_code, ownership)
        from minimal.dim_schools as s
        left join minimal.fct_kindergarten_pay as p using (school_year, school_code)
        where s.school_type = 'kindergarten'
    ) as k
    group by grouping sets ((school_year, district_code, ownership), (school_year, district_code))
) as totals;

create table minimal.fct_upper_secondary as
select
    *,
    vocational_students / nullif(vocational_students + general_students, 0) as vocational_share,
    (vocational_students + technician_students) / nullif(vocational_students + technician_students + general_students, 0)
        as vocational_share_with_technician
from (
    select
        s.school_year, s.district_code,
        case when count(*) filter (k.kind = 'secondary_vocational') = 0 then 0
            else sum(v.students) filter (k.kind = 'secondary_vocational') end as vocational_students,
        case when count(*) filter (k.kind = 'technician') = 0 then 0
            else sum(v.students) filter (k.kind = 'technician') end as technician_students,
        case when count(*) filter (k.kind = 'general') = 0 then 0
            else sum(v.students) filter (k.kind = 'general') end as general_students,
        count(*) as schools_due, count(v.students) as schools_available
    from minimal.dim_schools as s
    inner join (
        values ('senior_secondary', 'general'), ('complete_secondary', 'general'), ('twelve_year', 'general'),
        ('secondary_vocational', 'secondary_vocational'), ('technician', 'technician')
    ) as k (school_type, kind) on s.school_type = k.school_type
    left join accepted.vocational_enrolment as v on s.school_year = v.school_year and s.school_code = v.school_code
    group by s.school_year, s.district_code
) as counted;

create table minimal.fct_vocational_conditions as
with conditions (n, condition_code, threshold) as (
    values (1, 'campus_area_m2', 40000.0), (2, 'campus_area_m2_per_student', 33), (3, 'floor_area_m2', 24000),
    (4, 'floor_area_m2_per_student', 20), (5, 'full_time_teachers', 60), (6, 'students_per_teacher', 20),
    (7, 'equipment_10k_yuan', 300), (8, 'equipment_yuan_per_student', 2500), (9, 'books_per_student', 30)
),

valued as (
    select
        s.school_year, s.district_code, s.school_code, s.school_type, s.founded_year, c.n, c.condition_code,
        case when s.school_type = 'secondary_vocational' then c.threshold::double
            else case c.n when 1 then 30000 when 3 then 18000 when 4 then 20 end end as threshold,
        case c.n
            when 1 then v.campus_area_m2 when 2 then v.campus_area_m2 / nullif(v.students, 0) when 3 then v.floor_area_m2
            when 4 then v.floor_area_m2 / nullif(v.students, 0) when 5 then v.full_time_teachers
            when 6 then v.students / nullif(v.full_time_teachers, 0) when 7 then v.equipment_10k_yuan
            when 8 then v.equipment_10k_yuan * 10000 / nullif(v.students, 0) else v.books / nullif(v.students, 0)
        end as value,
        case c.n
            when 1 then v.owned_campus_area_m2 when 2 then v.owned_campus_area_m2 / nullif(v.students, 0)
            when 3 then v.owned_floor_area_m2 when 4 then v.owned_floor_area_m2 / nullif(v.students, 0)
        end as value_owned_only
    from minimal.dim_schools as s
    left join accepted.vocational_enrolment as v using (school_year, school_code)
    cross join conditions as c
    where s.school_type in ('secondary_vocational', 'technician') and s.unit_school_code = s.school_code
)

select
    school_year, district_code, school_code, condition_code, value, coalesce(value_owned_only, value) as value_owned_only, threshold,
    case when n = 6 then 'at_most' else 'at_least' end as direction,
    case
        when founded_year >= 2022 or threshold is null then 'not_applicable' when value is null then 'not_available'
        when n = 6 then case when value <= threshold * (1 + 1e-12) then 'met' else 'not_met' end
        when value >= threshold * (1 - 1e-12) then 'met' else 'not_met'
    end as status,
    case
        when founded_year >= 2022 or threshold is null then 'not_applicable'
        when coalesce(value_owned_only, value) is null then 'not_available'
        when n = 6 then case when value <= threshold * (1 + 1e-12) then 'met' else 'not_met' end
        when coalesce(value_owned_only, value) >= threshold * (1 - 1e-12) then 'met' else 'not_met'
    end as status_owned_only
from valued;

create table minimal.fct_completeness as
with by_stage as (
    select m.school_year, m.district_code, m.school_code, m.town, m.stage, f.feed,
        m.is_due as is_own_stage, m.is_due and not f.is_optional and d.stage is not null as due,
        case f.feed when 'enrolment' then m.has_enrolment when 'class_sizes' then m.has_classes
            else m.staffing_reason = 0 end as received,
        case f.feed when 'enrolment' then m.quarantined_enrolment when 'class_sizes' then m.quarantined_classes
            else m.quarantined_staffing end as quarantined_rows
    from members as m
    cross join (select * from accepted.feeds where scope = 'school_stage') as f
    left join accepted.feed_due_stages as d on f.feed = d.feed and m.stage = d.stage
),

by_school as (
    select s.school_year, s.district_code, s.school_code, s.town, 'all' as stage, f.feed, true as is_own_stage,
        case f.feed
            when 'schools' then true when 'kindergarten_pay' then s.school_type = 'kindergarten'
            when 'floor_area' then s.school_type not in ('kindergarten', 'secondary_vocational', 'technician')
            else s.school_type in ('senior_secondary', 'complete_secondary', 'twelve_year', 'secondary_vocational', 'technician')
        end as due,
        case f.feed
            when 'schools' then true when 'floor_area' then a.school_code is not null
            when 'kindergarten_pay' then p.school_code is not null else v.school_code is not null
        end as received,
        case when f.feed = 'floor_area' then coalesce(q.rows, 0) else 0 end as quarantined_rows
    from minimal.dim_schools as s
    cross join (select * from accepted.feeds where scope = 'school') as f
    left join accepted.floor_area as a using (school_year, school_code)
    left join accepted.kindergarten_pay as p using (school_year, school_code)
    left join accepted.vocational_enrolment as v using (school_year, school_code)
    left join (
        select school_year, school_code, count(*) as rows from accepted.quarantined_rows where feed = 'floor_area' group by all
    ) as q using (school_year, school_code)
)

select united.* exclude (is_own_stage), s.name_zh as school_name, s.register_school_year, false as is_nil,
    cast(make_date(united.school_year, 9, 1) + f.due_within_days::integer as date) as due_on,
    case
        when quarantined_rows > 0 then 'with_problems' when received then 'received' when due then 'missing' else 'not_due'
    end as status
from (select * from by_stage union all select * from by_school) as united
inner join accepted.feeds as f using (feed)
inner join minimal.dim_schools as s using (school_year, school_code)
where is_own_stage or received or quarantined_rows > 0;

create table minimal.fct_submissions as select * from accepted.submissions;
create table minimal.fct_problems as select * from accepted.problems;
