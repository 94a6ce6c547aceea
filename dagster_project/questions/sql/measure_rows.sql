-- sqlfluff:templater:jinja:context:district_code:'500101'
-- sqlfluff:templater:jinja:context:item_number:'13'
-- sqlfluff:templater:jinja:context:measure_number:1
-- Cells of the rows in force that the figure of a measure counts, one row per row and column that the figure reads; see
-- measure_sources.py. Rows of the register, which decide whose returns count, aren't among them.
with measure as (
    select * from marts.fct_rectification_measures
    where
        district_code = {{ district_code }}
        and item_number = {{ item_number }}
        and measure_number = {{ measure_number }}
    qualify row_number() over (order by reporting_month desc) = 1
),

asked as (
    select
        *,
        figure_observed_on as figure_day,
        year(figure_observed_on) as figure_year,
        strftime(figure_observed_on, '%Y-%m') as figure_month
    from measure
    where figure_value is not null
),

-- the register of the year that a yearly figure speaks of
registered as (
    select
        a.figure_code,
        d.school_year,
        d.school_code,
        d.school_type,
        d.ownership,
        exists(
            select 1 from marts.fct_vocational_conditions as c
            where
                d.school_year = c.school_year and d.unit_school_code = c.school_code
                and c.status_owned_only in ('met', 'not_met')
        ) as has_judged_conditions
    from asked as a
    inner join marts.dim_schools as d
        on a.district_code = d.district_code and a.figure_year = d.school_year and not d.is_held
),

-- every code that a school of the district has had
codes as (
    select distinct
        d.school_code,
        d.school_code as code
    from asked as a
    inner join marts.dim_schools as d on a.district_code = d.district_code
    union
    select distinct
        d.school_code,
        d.former_school_code as code
    from asked as a
    inner join marts.dim_schools as d on a.district_code = d.district_code and d.former_school_code is not null
),

complete_groups as (
    select
        g.group_kind,
        g.group_name,
        a.figure_day
    from asked as a
    inner join marts.fct_school_groups as g on a.district_code = g.district_code and g.is_complete
    where
        case a.figure_code
            when 'one_school_groups' then g.group_kind = 'one_school'
            when 'joint_school_groups' then g.group_kind = 'joint_schools'
            when 'kindergarten_pair_coverage' then g.group_kind = 'kindergarten_primary_pair'
            when 'kindergartens_in_groups' then g.group_kind in ('one_kindergarten', 'joint_kindergartens')
            else false
        end
),

members as (
    select distinct
        m.group_kind,
        m.group_name,
        c.code
    from complete_groups as g
    inner join marts.fct_group_members as m on g.group_kind = m.group_kind and g.group_name = m.group_name
    inner join codes as c on m.school_code = c.school_code
    where
        (m.joined_on is null or m.joined_on <= g.figure_day)
        and (m.left_on is null or m.left_on > g.figure_day)
),

open_classes as (
    select
        l.stage,
        l.latest_grade,
        l.class_name,
        l.last_counted_on,
        c.code
    from asked as a
    inner join marts.fct_class_ledger as l
        on
            a.figure_code = 'open_oversized_classes' and a.district_code = l.district_code
            and l.stage in ('primary', 'junior_secondary') and l.state <> 'closed'
    inner join codes as c on l.school_code = c.school_code
),

-- of the kinds of work of the item, the one that is furthest behind
works as (
    select
        w.*,
        sum(w.done) over (partition by w.work_code) / sum(w.planned) over (partition by w.work_code) as done_share
    from asked as a
    inner join seeds.work_kinds as k on a.item_number = k.item_number
    inner join accepted.work_figures as w
        on
            a.district_code = w.district_code and k.work_code = w.work_code
            and a.figure_month >= w.reporting_month
    where a.figure_code = 'work_done_share' and w.planned is not null
),

-- of the checks that schools owe, the kind that fewest have done
duties as (
    select s.duty
    from asked as a
    inner join marts.fct_safety_duties as s
        on a.district_code = s.district_code and a.figure_month = s.reporting_month
    where s.is_check and s.schools_due > 0
    qualify row_number() over (order by s.schools_complete / s.schools_due, s.duty) = 1
),

-- what one body asked in a round, and the lowest of it
surveys as (
    select
        s.*,
        min(s.satisfied / s.respondents) over of_one_body as lowest,
        max(s.surveyed_on) over of_one_body as last_day
    from asked as a
    inner join accepted.satisfaction as s on a.district_code = s.district_code
    where s.question in ('safety_measures', 'bus_buildings_facilities', 'food_safety')
    window of_one_body as (partition by s.survey_round, s.surveyed_by)
),

tests as (
    select
        m.*,
        min(m.level_three_share) over (partition by m.surveyed_by) as lowest
    from asked as a
    inner join accepted.monitoring_results as m
        on a.district_code = m.district_code and a.figure_year = m.figure_year
    where
        m.population = 'district'
        and m.subject = case a.figure_code
            when 'english_level_three_share' then 'english'
            when 'science_level_three_share' then 'science'
        end
),

-- each row that counts, with the columns that the figure reads
counted as (
    select
        'kindergarten_pay' as feed,
        case a.figure_code
            when 'temporary_teachers' then ['temporary_teachers']
            when 'fully_insured_staff_share' then ['staff', 'fully_insured_staff']
            else ['in_post_teachers', 'in_post_annual_pay_yuan', 'temporary_teachers', 'temporary_annual_pay_yuan']
        end as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join registered as s on a.figure_code = s.figure_code
    inner join accepted.kindergarten_pay as r on s.school_year = r.school_year and s.school_code = r.school_code
    where
        case a.figure_code
            when 'temporary_teachers' then s.ownership = 'public' and r.temporary_teachers is not null
            when 'temporary_pay_ratio' then s.ownership = 'public'
            when 'fully_insured_staff_share' then r.staff is not null and r.fully_insured_staff is not null
            else false
        end
    union all by name
    select
        'kindergarten_support' as feed,
        case a.figure_code
            when 'nursery_places' then ['nursery_places']
            when 'inclusive_coverage_rate' then ['children', 'inclusive_assessment']
            else ['children']
        end as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join registered as s on a.figure_code = s.figure_code and s.school_type = 'kindergarten'
    inner join accepted.kindergarten_support as r on s.school_year = r.figure_year and s.school_code = r.school_code
    where
        case a.figure_code
            when 'nursery_places' then r.nursery_places is not null
            when 'inclusive_coverage_rate' then r.children is not null
            when 'public_kindergarten_share' then r.children is not null
            else false
        end
    union all by name
    select
        'school_groups' as feed,
        ['group_kind', 'group_name', 'group_role', 'joined_on', 'left_on'] as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from members as m
    inner join accepted.school_groups as r
        on m.group_kind = r.group_kind and m.group_name = r.group_name and m.code = r.school_code
    union all by name
    select
        'vocational_enrolment' as feed,
        case a.figure_code
            when 'dual_qualified_teacher_share' then ['specialised_teachers', 'dual_qualified_teachers']
            when 'vocational_share' then ['upper_secondary_type', 'students']
            else
                [
                    'students', 'owned_campus_area_m2', 'owned_floor_area_m2', 'full_time_teachers', 'equipment_10k_yuan',
                    'books'
                ]
        end as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join registered as s on a.figure_code = s.figure_code
    inner join accepted.vocational_enrolment as r on s.school_year = r.school_year and s.school_code = r.school_code
    where
        case a.figure_code
            when 'dual_qualified_teacher_share' then r.upper_secondary_type = 'secondary_vocational'
            -- the share is that of vocational students among those and the general ones
            when 'vocational_share' then r.upper_secondary_type in ('secondary_vocational', 'general') and r.students is not null
            when 'compliant_vocational_schools_share' then s.has_judged_conditions
            else false
        end
    union all by name
    select
        'district_figures' as feed,
        ['figure'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join accepted.district_figures as r on a.district_code = r.district_code
    where
        case a.figure_code
            when 'two_never_decrease' then r.figure_code in ('education_outlay_yuan', 'enrolled_students')
            when 'education_outlay_growth_above_city' then r.figure_code = 'education_outlay_yuan'
            else false
        end
        and r.figure_year between a.figure_year - 1 and a.figure_year
        or a.figure_code = 'education_outlay_growth_above_city'
        and r.figure_code = 'city_education_outlay_growth' and r.figure_year = a.figure_year
    union all by name
    select
        'milestones' as feed,
        ['planned_on', 'achieved_on'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join accepted.milestones as r on a.district_code = r.district_code and a.item_number = r.item_number
    where a.figure_code = 'milestones_due_achieved_share' and r.planned_on < a.figure_day
    union all by name
    select
        'class_sizes' as feed,
        ['students', 'class_count', 'size_band_minimum', 'size_band_maximum'] as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from open_classes as o
    inner join accepted.class_sizes as r
        on
            o.code = r.school_code and o.stage = r.stage and o.latest_grade = r.grade and o.class_name = r.class_name
            and o.last_counted_on = make_date(r.school_year, 9, 1)
    union all by name
    select
        'class_counts' as feed,
        ['students', 'class_count'] as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from open_classes as o
    inner join accepted.class_counts as r
        on
            o.code = r.school_code and o.stage = r.stage and o.latest_grade = r.grade and o.class_name = r.class_name
            and o.last_counted_on = r.counted_on
    union all by name
    select
        'monitoring_results' as feed,
        ['students', 'level_three_share'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join tests as r on a.figure_value = r.lowest
    union all by name
    select
        'satisfaction' as feed,
        ['respondents', 'satisfied'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join surveys as r
        on a.figure_code = 'lowest_safety_satisfaction' and a.figure_value = r.lowest and a.figure_day = r.last_day
    union all by name
    select
        'hazards' as feed,
        ['deadline', 'struck_off_on'] as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join marts.fct_hazards as h
        on
            a.figure_code = 'overdue_hazards' and a.district_code = h.district_code and a.as_of > h.deadline
            and (h.struck_off_on is null or a.as_of < h.struck_off_on)
    inner join accepted.hazards as r on h.school_code = r.school_code and h.hazard_number = r.hazard_number
    union all by name
    select
        'safety_duties' as feed,
        ['due', 'done'] as columns_read,
        r.school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join accepted.safety_duties as r on a.figure_month = r.reporting_month
    inner join duties as d on r.duty = d.duty
    where a.figure_code = 'safety_checks_done_share' and r.school_code in (select c.code from codes as c)
    union all by name
    select
        'rectification_progress' as feed,
        ['reported_on'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from asked as a
    inner join accepted.rectification_progress as r
        on a.district_code = r.district_code and a.figure_month = r.reporting_month
    where
        a.figure_code = 'progress_returns_share'
        and exists (
            select 1 from marts.fct_rectification_measures as m
            where
                m.district_code = r.district_code and m.item_number = r.item_number
                and m.measure_number = r.measure_number and m.returns_month = r.reporting_month and m.is_return_due
        )
    union all by name
    select
        'work_figures' as feed,
        ['planned', 'done'] as columns_read,
        null as school_code,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from works as r
    where r.work_code in (select w.work_code from works as w qualify row_number() over (order by w.done_share, w.work_code) = 1)
),

read_columns as (
    select
        * exclude (columns_read),
        unnest(columns_read) as column_name
    from (select distinct * from counted) as each_once
),

-- a cell of a row in force may come from a row of another source
traced as (
    select
        r.feed,
        r.column_name,
        r.school_code,
        coalesce(t.source_file, r.source_file) as source_file,
        coalesce(t.sha256, r.sha256) as sha256,
        coalesce(t.sheet, r.sheet) as sheet,
        coalesce(t.row_number, r.row_number) as row_number,
        coalesce(t.part, r.part) as part
    from read_columns as r
    left join accepted.taken_cells as t
        on
            r.feed = t.feed and r.column_name = t.column_name and r.sha256 = t.row_sha256
            and r.source_file = t.row_source_file and r.sheet = t.row_sheet
            and r.row_number = t.row_number_of_row and r.part = t.row_part
)

select
    t.feed,
    t.column_name,
    t.school_code,
    t.source_file,
    t.sha256,
    t.sheet as sheet_of_row,
    {{ own_sheet('c.letters', 't.sheet') }} as sheet,
    t.row_number,
    t.part,
    {{ all_cells('c.letters', 't.row_number') }} as cells,
    {{ roster_rows('c.letters') }} as roster_rows
from traced as t
inner join accepted.column_maps as c
    on
        t.sha256 = c.sha256 and t.source_file = c.source_file and t.sheet = c.sheet and t.feed = c.feed
        and t.part = c.part and t.column_name = c.column_name
order by t.source_file, t.sheet, t.row_number, t.column_name
