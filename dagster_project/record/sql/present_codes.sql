-- The school of each row of a feed that is under another code; several schools: whose it is isn't known.
create or replace temp table present_codes (
    row_id bigint,
    school_code varchar,
    written_code varchar,
    schools bigint,
    is_refused boolean,
    cell varchar,
    sheet_of_cell varchar
)
