-- sqlfluff:templater:jinja:context:where:true
-- sqlfluff:templater:jinja:context:has_taken_cells:true
-- sqlfluff:templater:jinja:context:reported:[('staffing', 'pe_teachers', 'a.stage'), ('floor_area', 'books', 'null')]
-- Reported values behind figures, one row per figure and reading, with the cells that hold it; see source_cells.py.
with figures as materialized (
    select
        f.school_year,
        f.school_code,
        f.stage,
        f.indicator_code,
        i.feed,
        i.is_split
    from marts.fct_school_indicators as f
    inner join marts.dim_indicators as i on f.indicator_code = i.indicator_code
    where {{ where }}
),

-- campuses that were added to the school, and the school itself
members as materialized (
    select
        s.school_year,
        s.unit_school_code as school_code,
        s.school_code as member_code,
        s.school_type
    from marts.dim_schools as s
    semi join figures as f on s.school_year = f.school_year and s.unit_school_code = f.school_code
),

put_aside as materialized (
    select distinct
        q.school_year,
        q.feed,
        q.school_code,
        q.stage,
        q.source_file,
        q.sha256,
        q.sheet,
        q.row_number
    from accepted.quarantined_rows as q
    semi join members as m on q.school_year = m.school_year and q.school_code = m.member_code
),

with_rows as (
    select
        school_year,
        school_code,
        stage
    from accepted.enrolment
    union
    select
        school_year,
        school_code,
        stage
    from accepted.staffing
    union
    select
        school_year,
        school_code,
        stage
    from accepted.class_sizes
    union
    select
        school_year,
        school_code,
        stage
    from put_aside
    where stage is not null
),

-- stages that a member's kind implies, or that it has rows of
member_stages as materialized (
    select
        m.school_year,
        m.school_code,
        m.member_code,
        t.stage
    from members as m
    inner join seeds.school_type_stages as t on m.school_type = t.school_type
    union
    select
        m.school_year,
        m.school_code,
        m.member_code,
        r.stage
    from members as m
    inner join with_rows as r on m.school_year = r.school_year and m.member_code = r.school_code
),

places as (
    select
        school_year,
        school_code,
        member_code,
        stage
    from member_stages
    union all
    select
        school_year,
        school_code,
        member_code,
        null as stage
    from members
),

readings as materialized (
    {% for feed, column, stage in reported %}
        select
            a.school_year,
            a.school_code,
            cast({{ stage }} as varchar) as stage,
            '{{ feed }}' as feed,
            '{{ column }}' as column_name,
            cast(a.{{ column }} as double) as value,
            a.source_file,
            a.sha256,
            a.sheet,
            a.row_number,
            a.part
        from accepted.{{ feed }} as a
        semi join members as m on a.school_year = m.school_year and a.school_code = m.member_code
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

wanted as (
    select
        f.school_year,
        f.school_code,
        f.stage,
        f.indicator_code,
        f.feed,
        p.member_code,
        p.stage as member_stage,
        s.sort_order,
        s.column_name,
        s.factor,
        s.blank_is_none
    from figures as f
    inner join seeds.indicator_sources as s on f.indicator_code = s.indicator_code
    inner join accepted.feeds as e on f.feed = e.feed
    inner join places as p
        on
            f.school_year = p.school_year and f.school_code = p.school_code
            and p.stage is not distinct from case when e.scope = 'school_stage' then f.stage end
),

numerators as (
    select
        w.school_year,
        w.school_code,
        w.stage,
        w.indicator_code,
        'numerator_term' as role,
        w.sort_order,
        w.factor,
        w.member_code,
        w.member_stage,
        w.feed,
        w.column_name,
        case
            when r.row_number is null and q.row_number is null then 'not_received'
            when r.row_number is null then 'quarantined'
            when r.value is not null then 'value'
            when w.blank_is_none then 'none'
            else 'blank'
        end as state,
        r.value,
        coalesce(r.source_file, q.source_file) as source_file,
        coalesce(r.sha256, q.sha256) as sha256,
        coalesce(r.sheet, q.sheet) as sheet,
        coalesce(r.row_number, q.row_number) as row_number,
        r.part
    from wanted as w
    left join readings as r
        on
            w.school_year = r.school_year and w.member_code = r.school_code and w.feed = r.feed
            and w.column_name = r.column_name and w.member_stage is not distinct from r.stage
    left join put_aside as q
        on
            r.row_number is null and w.school_year = q.school_year and w.member_code = q.school_code
            and w.feed = q.feed and (q.stage is null or w.member_stage is null or w.member_stage = q.stage)
),

weights as (
    select
        y.school_year,
        w.stage,
        w.threshold as weight
    from (select distinct school_year from figures) as y
    inner join marts.dim_standards as w
        on
            w.measure = 'weight' and w.is_judged and w.jurisdiction = 'national'
            and y.school_year between w.valid_from and coalesce(w.valid_to, 9999)
),

-- students as reported in an enrolment row, and only without one the sum of the classes
taught as materialized (
    select
        p.school_year,
        p.school_code,
        p.member_code,
        p.stage,
        r.row_number is not null as is_reported,
        r.value,
        exists(
            select 1 from put_aside as q
            where
                q.feed = 'enrolment' and q.school_year = p.school_year and q.school_code = p.member_code
                and (q.stage is null or q.stage = p.stage)
        ) as is_put_aside,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from member_stages as p
    left join readings as r
        on
            r.feed = 'enrolment' and r.column_name = 'students' and p.school_year = r.school_year
            and p.member_code = r.school_code and p.stage = r.stage
    where p.stage in ('primary', 'junior_secondary', 'senior_secondary')
),

class_rows as (
    select
        t.school_year,
        t.school_code,
        t.member_code,
        t.stage,
        case when r.value is null then 'blank' else 'value' end as state,
        r.value,
        r.source_file,
        r.sha256,
        r.sheet,
        r.row_number,
        r.part
    from taught as t
    inner join readings as r
        on
            r.feed = 'class_sizes' and r.column_name = 'students' and t.school_year = r.school_year
            and t.member_code = r.school_code and t.stage = r.stage
    where not t.is_reported and not t.is_put_aside
    union all
    select
        t.school_year,
        t.school_code,
        t.member_code,
        t.stage,
        'quarantined' as state,
        null as value,
        q.source_file,
        q.sha256,
        q.sheet,
        q.row_number,
        null as part
    from taught as t
    inner join put_aside as q
        on
            q.feed = 'class_sizes' and t.school_year = q.school_year and t.member_code = q.school_code
            and (q.stage is null or t.stage = q.stage)
    where not t.is_reported and not t.is_put_aside
),

students as materialized (
    select
        school_year,
        school_code,
        member_code,
        stage,
        'enrolment' as feed,
        case when value is null then 'blank' else 'value' end as state,
        value,
        source_file,
        sha256,
        sheet,
        row_number,
        part
    from taught
    where is_reported
    union all
    select
        t.school_year,
        t.school_code,
        t.member_code,
        t.stage,
        'enrolment' as feed,
        'quarantined' as state,
        null as value,
        q.source_file,
        q.sha256,
        q.sheet,
        q.row_number,
        null as part
    from taught as t
    inner join put_aside as q
        on
            q.feed = 'enrolment' and t.school_year = q.school_year and t.member_code = q.school_code
            and (q.stage is null or t.stage = q.stage)
    where t.value is null
    union all
    select
        school_year,
        school_code,
        member_code,
        stage,
        'class_sizes' as feed,
        state,
        value,
        source_file,
        sha256,
        sheet,
        row_number,
        part
    from class_rows
    union all
    select
        t.school_year,
        t.school_code,
        t.member_code,
        t.stage,
        'class_sizes' as feed,
        'not_received' as state,
        null as value,
        null as source_file,
        null as sha256,
        null as sheet,
        null as row_number,
        null as part
    from taught as t
    anti join class_rows as c
        on t.school_year = c.school_year and t.member_code = c.member_code and t.stage = c.stage
    where not t.is_reported and not t.is_put_aside
),

shared as (
    select
        school_year,
        school_code
    from students
    group by all
    having count(distinct stage) > 1
),

united as (
    select * from numerators
    union all by name
    select
        f.school_year,
        f.school_code,
        f.stage,
        f.indicator_code,
        'denominator' as role,
        1 as sort_order,
        1.0::double as factor,
        s.member_code,
        s.stage as member_stage,
        s.feed,
        'students' as column_name,
        s.state,
        s.value,
        s.source_file,
        s.sha256,
        s.sheet,
        s.row_number,
        s.part
    from figures as f
    inner join students as s on f.school_year = s.school_year and f.school_code = s.school_code and f.stage = s.stage
    union all by name
    select
        f.school_year,
        f.school_code,
        f.stage,
        f.indicator_code,
        'split_weight' as role,
        1 as sort_order,
        w.weight as factor,
        s.member_code,
        s.stage as member_stage,
        s.feed,
        'students' as column_name,
        s.state,
        s.value,
        s.source_file,
        s.sha256,
        s.sheet,
        s.row_number,
        s.part
    from figures as f
    semi join shared as u on f.school_year = u.school_year and f.school_code = u.school_code
    inner join students as s on f.school_year = s.school_year and f.school_code = s.school_code
    inner join weights as w on s.school_year = w.school_year and s.stage = w.stage
    where f.is_split
),

-- a cell of a row in force may come from a row of another source
traced as (
    {% if has_taken_cells %}
        select
            u.* replace (
                coalesce(t.source_file, u.source_file) as source_file,
                coalesce(t.sha256, u.sha256) as sha256,
                coalesce(t.sheet, u.sheet) as sheet,
                coalesce(t.row_number, u.row_number) as row_number,
                coalesce(t.part, u.part) as part
            )
        from united as u
        left join accepted.taken_cells as t
            on
                u.feed = t.feed and u.column_name = t.column_name and u.sha256 = t.row_sha256
                and u.source_file = t.row_source_file and u.sheet = t.row_sheet
                and u.row_number = t.row_number_of_row and u.part = t.row_part
    {% else %}
        select * from united
    {% endif %}
),

maps as (
    select distinct
        sha256,
        source_file,
        sheet,
        feed,
        part,
        column_name,
        letters
    from accepted.column_maps
),

received as (
    select
        source_file,
        sha256,
        sheet,
        feed,
        min(submission) as submission,
        min(received_at) as received_at
    from accepted.submissions
    where status = 'accepted'
    group by all
)

select
    u.school_year,
    u.school_code,
    u.stage,
    u.indicator_code,
    u.role,
    u.sort_order,
    u.factor,
    case when u.state = 'value' and c.letters = '' then 'constant' else u.state end as state,
    u.value,
    u.member_code,
    u.member_stage,
    u.feed,
    u.column_name,
    u.source_file,
    u.sha256,
    {{ own_sheet('c.letters', 'u.sheet') }} as sheet,
    u.row_number,
    {{ all_cells('c.letters', 'u.row_number') }} as cells,
    {{ cell_count('c.letters') }} as cell_count,
    {{ roster_rows('c.letters') }} as roster_rows,
    s.received_at,
    s.submission
from traced as u
left join maps as c
    on
        u.sha256 = c.sha256 and u.source_file = c.source_file and u.sheet = c.sheet and u.feed = c.feed
        and u.part = c.part and u.column_name = c.column_name
left join received as s
    on u.sha256 = s.sha256 and u.source_file = s.source_file and u.sheet = s.sheet and u.feed = s.feed
order by
    u.school_year, u.school_code, u.stage, u.indicator_code,
    case u.role when 'numerator_term' then 1 when 'denominator' then 2 else 3 end,
    u.member_code <> u.school_code, u.member_code, u.factor * (u.role = 'split_weight')::int, u.sort_order,
    u.source_file, u.sheet, u.row_number, c.letters
