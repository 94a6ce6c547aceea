-- What is known of every row and file while a build decides which rows are in force; dropped with the schema.

-- the number of a class within its grade, however it is written (1班, （1）班, 一（1）班, 2023级1班); other names as they are
create macro candidate.class_number(name) as coalesce(
    nullif(regexp_extract(name, '^\(?([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)?班?$', 1), ''),
    nullif(
        regexp_extract(
            name,
            '^(?:[0-9]{4}级|(?:小学|初中|高中|小|初|高)?(?:[0-9]{1,2}年级|[一二三四五六七八九](?:年级|年)?))'
            || '\(?([0-9]{1,2}|[一二三四五六七八九十]{1,3})\)?班?$',
            1
        ),
        ''
    )
);

create macro candidate.class_key(name) as coalesce(
    'class ' || coalesce(
        try_cast(candidate.class_number(regexp_replace(translate(name, '（）０１２３４５６７８９', '()0123456789'), '\s', '', 'g')) as integer),
        nullif(
            list_position(
                ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二', '十三', '十四', '十五', '十六', '十七', '十八', '十九', '二十'],
                candidate.class_number(regexp_replace(translate(name, '（）０１２３４５６７８９', '()0123456789'), '\s', '', 'g'))
            ),
            0
        )
    ),
    name
);

-- the feeds, as far as a rule of this station differs between them
create table candidate.feeds (
    feed varchar,
    is_ledger boolean,
    -- a school (and stage) returns one row or several
    has_many_rows boolean
);

create table candidate.columns (
    feed varchar,
    column_name varchar,
    column_zh varchar,
    is_pay boolean
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
    decided_at timestamp
);

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

-- one row per unit with accepted rows: the submission whose rows are in force
create table candidate.units_in_force (
    feed varchar,
    unit_key varchar,
    school_year integer,
    school_code varchar,
    stage varchar,
    submission bigint
);

-- rows that speak of a day after the day of the build
create table candidate.later_rows (
    feed varchar,
    row_id bigint,
    school_year integer,
    observed_on date
);

-- accepted rows that no later return replaced
create view candidate.latest_rows as
select
    v.feed,
    v.row_id
from candidate.verdicts as v
inner join candidate.units_in_force as u
    on v.feed = u.feed and v.unit_key = u.unit_key and v.submission = u.submission
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
    school_year,
    coalesce(school_code, '') as school_code,
    coalesce(stage, '') as stage
from candidate.verdicts
