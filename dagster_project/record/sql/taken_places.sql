-- Cells of rows in force that come from a row of another file or sheet: the place of the row, and that of the cell's own.
insert into accepted.taken_cells by name
select
    t.feed,
    t.column_name,
    own.source_file as row_source_file,
    own.sha256 as row_sha256,
    own.sheet as row_sheet,
    own.row_number as row_number_of_row,
    own.part as row_part,
    other.source_file,
    other.sha256,
    other.sheet,
    other.row_number,
    other.part
from candidate.taken_cells as t
inner join candidate.verdicts as own on t.feed = own.feed and t.row_id = own.row_id
inner join candidate.verdicts as other on t.feed = other.feed and t.taken_row_id = other.row_id
