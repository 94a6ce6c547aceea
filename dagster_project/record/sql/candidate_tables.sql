-- What is known of every row and file while a build decides which rows are in force; dropped with the schema.

-- the number of a class within its grade, however it is written (1班, 第1班, （1）班, ①班, 一（1）班, 1(1)班, 1年1班,
-- 2023级1班); other names as they are
create macro candidate.class_number(name) as coalesce(
    nullif(regexp_extract(name, '^第?\(?([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)?班?$', 1), ''),
    nullif(
        regexp_extract(
            name,
            '^(?:[0-9]{4}级|(?:小学|初中|高中|小|初|高)?(?:[0-9]{1,2}(?:年级|年)|[一二三四五六七八九](?:年级|年)?))'
            || '\(?([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)?班?$',
            1
        ),
        ''
    ),
    nullif(regexp_extract(name, '^[0-9]{1,2}\(([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)班?$', 1), ''),
    nullif(regexp_extract(name, '^[0-9]{1,2}\.([0-9]{1,2})班$', 1), '')
);

create macro candidate.class_key(name) as coalesce(
    'class ' || coalesce(
        try_cast(candidate.class_number(regexp_replace(translate(name, '（）０１２３４５６７８９①②③④⑤⑥⑦⑧⑨．', '()0123456789123456789.'), '\s', '', 'g')) as integer),
        nullif(
            list_position(
                ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二', '十三', '十四', '十五', '十六', '十七', '十八', '十九', '二十'],
                candidate.class_number(regexp_replace(translate(name, '（）０１２３４５６７８９①②③④⑤⑥⑦⑧⑨．', '()0123456789123456789.'), '\s', '', 'g'))
            ),
            0
        )
    ),
    name
);

-- a text in one width and without blanks, as texts of several sources are compared
create macro candidate.text_key(text) as regexp_replace(
    translate(
        text,
        '（）［］【】：；，．－—–·•・＋／０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
        '()[][]:;,.---...+/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    ),
    '\s|　', '', 'g'
);

-- a code in one width and case, without blanks, hyphens and the apostrophes that keep its digits in a spreadsheet
create macro candidate.code_key(code) as upper(translate(candidate.text_key(code), '-''’‘＇`´′', ''));

-- school years of which something was received
create table candidate.folder_years (
    school_year integer
);

-- the feeds, as far as a rule of this station differs between them
create table candidate.feeds (
    feed varchar,
    is_ledger boolean,
    -- a school (and stage) returns one row or several
    has_many_rows boolean
);

-- stages whose rows some figure of a published table is made of; of a feed that isn't named all are
create table candidate.published_stages (
    feed varchar,
    stage varchar
);

-- stages that a school of a type has
create table candidate.school_type_stages (
    school_type varchar,
    stage varchar
);

create table candidate.columns (
    feed varchar,
    column_name varchar,
    column_zh varchar,
    is_pay boolean,
    -- a number that is as large may be pay; null: none may be
    least_pay bigint,
    is_number boolean,
    is_compared_text boolean,
    unit_zh varchar
);

-- the word of returns for each value of a choice
create table candidate.choices (
    feed varchar,
    column_name varchar,
    value varchar,
    word_zh varchar
);

-- grades that a stage may have; unusual is one that it has where primary school has five years
create table candidate.grades_of_stages (
    stage varchar,
    grade varchar,
    is_usual boolean
);

-- figures that can prove an item of the plan
create table candidate.rectification_figures (
    figure_code varchar,
    is_share boolean
);

-- yearly figures that only the district knows
create table candidate.district_figure_kinds (
    figure_code varchar,
    name_zh varchar,
    unit_zh varchar,
    -- the figure that it can't exceed; null: none
    part_of varchar,
    -- a change may be negative, or more than the whole
    is_change boolean
);

-- sheets that aren't written in the project's own form, by the submission that brought them
create table candidate.source_kinds (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    source_kind varchar
);

-- sheets that say that they hold everything
create table candidate.whole_sheets (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar
);

-- which kind of source goes first (1), by feed (empty column) and for each column that is declared by itself
create table candidate.precedence (
    -- a closed year that keeps the order it was closed with; 0: any other
    kept_year integer,
    feed varchar,
    column_name varchar,
    source_kind varchar,
    precedence bigint
);

-- closed years that keep the order of sources that they were closed with
create table candidate.kept_orders (
    school_year integer
);

-- up to which difference two sources agree
create table candidate.tolerances (
    unit_zh varchar,
    absolute double,
    relative double
);

-- one row per file, sheet and feed
create table candidate.sheets (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    school_year integer,
    sha256 varchar,
    received_at timestamp,
    received_on date,
    rows_read bigint,
    rows_dropped bigint,
    status varchar,
    nil_returns bigint
);

-- one row per held sheet, or per school whose rows of a sheet are held; these rows count from submission `effective` on (null: not at all)
create table candidate.held_sheets (
    submission bigint,
    source_file varchar,
    sheet varchar,
    feed varchar,
    school_code varchar,
    effective bigint,
    verdict varchar
);

create table candidate.decided (
    submission bigint,
    decided_at timestamp,
    decided_on date
);

-- when each submission was received; a held sheet counts from the submission of its decision on
create view candidate.received_submissions as
with moments as (

    select
        submission,
        received_at,
        received_on
    from candidate.sheets
    union all
    select
        submission,
        decided_at as received_at,
        decided_on as received_on
    from candidate.decided

)

select
    submission,
    min(received_at) as received_at,
    min(received_on) as received_on
from moments
group by submission;

-- one row per finding of reading
create table candidate.faults (
    submission bigint,
    sha256 varchar,
    source_file varchar,
    school_year integer,
    severity varchar,
    rule_class varchar,
    rule_code varchar,
    message_zh varchar,
    sheet varchar,
    feed varchar,
    part bigint,
    row_number bigint,
    column_name varchar,
    column_zh varchar,
    cell varchar,
    value varchar,
    school_code varchar,
    school_name varchar
);

-- one row per refused file or sheet that needs no correction any more: corrected by a later file, or withdrawn
create table candidate.settled (
    source_file varchar,
    submission bigint,
    sheet varchar,
    feed varchar,
    -- null for what was withdrawn
    settled_submission bigint,
    how varchar
);

-- one row per row of a feed: how it compares with the other rows of its submission
create table candidate.context (
    feed varchar,
    row_id bigint,
    is_conflict boolean,
    -- the row that contradicts it
    other_row varchar,
    what_to_do_zh varchar,
    is_repeated boolean
);

-- one row per failing row and rule
create table candidate.failures (
    feed varchar,
    row_id bigint,
    rule_code varchar,
    rule_class varchar,
    severity varchar,
    column_name varchar,
    value varchar,
    message_zh varchar,
    observed varchar
);

-- the same for accepted rows that a later return replaced
create table candidate.past_failures (
    feed varchar,
    row_id bigint,
    rule_code varchar,
    rule_class varchar,
    severity varchar,
    column_name varchar,
    value varchar,
    message_zh varchar,
    observed varchar
);

-- one row per row of a feed: where it comes from, whose it is, and what is decided about it
create table candidate.verdicts (
    feed varchar,
    row_id bigint,
    submission bigint,
    sha256 varchar,
    source_file varchar,
    sheet varchar,
    row_number bigint,
    part bigint,
    source_kind varchar,
    school_year integer,
    school_code varchar,
    -- of a district's own row; null where the row is a school's
    district_code varchar,
    school_name varchar,
    -- null if a later return replaces all stages of a school at once
    stage varchar,
    -- what a later return replaces as a whole
    unit_key varchar,
    -- accepted, quarantined or repeated
    verdict varchar
);

-- one row per unit and kind of source with accepted rows: the latest submission that has any
create table candidate.units_by_kind (
    feed varchar,
    unit_key varchar,
    source_kind varchar,
    school_year integer,
    school_code varchar,
    stage varchar,
    submission bigint,
    -- rows that it lists (classes), and whether it lists clearly less than another kind; both only where several kinds do
    listed_rows bigint,
    is_short boolean,
    is_in_force boolean
);

-- one row per unit with accepted rows: the kind of source and the submission whose rows are in force
create view candidate.units_in_force as
select
    feed,
    unit_key,
    source_kind,
    school_year,
    school_code,
    stage,
    submission
from candidate.units_by_kind
where is_in_force;

-- how a kind of source is called
create table candidate.kinds (
    source_kind varchar,
    kind_zh varchar
);

-- one row per value that a source gives of a figure that several give; see list_readings.sql
create table candidate.readings (
    feed varchar,
    row_id bigint,
    key_row_id bigint,
    source_kind varchar,
    school_year integer,
    school_code varchar,
    district_code varchar,
    stage varchar,
    -- the rest of the key of the row in force: grade and class, item and month …
    row_name varchar,
    column_name varchar,
    value varchar
);

-- rules that a row of cells of several sources fails
create table candidate.misfits (
    feed varchar,
    row_id bigint,
    rule_code varchar,
    rule_class varchar,
    severity varchar,
    column_name varchar,
    value varchar,
    message_zh varchar,
    observed varchar
);

-- cells of another source that were not taken, because the row would fail a rule then
create table candidate.refused_cells (
    feed varchar,
    row_id bigint,
    column_name varchar,
    taken_row_id bigint,
    message_zh varchar
);

-- the cells of rows in force that come from a row of another source
create table candidate.taken_cells (
    feed varchar,
    row_id bigint,
    column_name varchar,
    taken_row_id bigint
);

-- rows that speak of a day after the day of the build
create table candidate.later_rows (
    feed varchar,
    row_id bigint,
    school_year integer,
    observed_on date
);

-- accepted rows that no later return replaced, and no source that goes first
create view candidate.latest_rows as
select
    v.feed,
    v.row_id
from candidate.verdicts as v
inner join candidate.units_in_force as u
    on
        v.feed = u.feed and v.unit_key = u.unit_key and v.source_kind = u.source_kind
        and v.submission = u.submission
where v.verdict = 'accepted';

create view candidate.rows_in_force as
select
    r.feed,
    r.row_id
from candidate.latest_rows as r
left join candidate.later_rows as l on r.feed = l.feed and r.row_id = l.row_id
where l.row_id is null;

-- the same rows with empty text for what doesn't apply, so that equal owners compare as equal
create view candidate.owned_rows as
select
    feed,
    row_id,
    submission,
    source_file,
    sheet,
    row_number,
    part,
    source_kind,
    school_year,
    coalesce(school_code, '') as school_code,
    coalesce(stage, '') as stage
from candidate.verdicts
