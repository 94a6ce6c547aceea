{# The key by which the name of a document and that of a file are compared: without 《 》, in small letters. #}
{% macro document_key(name) -%}
    lower(trim(replace(replace({{ name }}, '《', ''), '》', '')))
{%- endmacro %}

{# A document's name without the number in front of it: 1.工作总结 → 工作总结, （二）通报 → 通报. #}
{% macro without_item_number(name) -%}
    trim(regexp_replace({{ name }}, '^ *([（(]?[0-9一二三四五六七八九十]{1,3}[)）.．]|[①-⑳]) *', ''))
{%- endmacro %}

{# One row per whole number from 1 to a count, as an item of a select list; a cell may name any number of documents. #}
{% macro places_until(number) -%}
    {{ return(adapter.dispatch('places_until', 'junheng')(number)) }}
{%- endmacro %}

{% macro default__places_until(number) -%}
    unnest(generate_series(1, {{ number }}))
{%- endmacro %}

{% macro spark__places_until(number) -%}
    explode(sequence(1, {{ number }}))
{%- endmacro %}

{# How many parts a text has that are parted by one character. #}
{% macro parts_of(text, separator) -%}
    cast(length({{ text }}) - length(replace({{ text }}, '{{ separator }}', '')) + 1 as integer)
{%- endmacro %}

{# True where a file is kept by the record that a row is of; in a build of one record all files are. #}
{% macro is_of_record(files, rows) -%}
    coalesce({{ files }}.record_district_code = {{ rows }}.district_code, true)
{%- endmacro %}

{#
  CTEs that end in `named`: one row per document that a cell names, with the columns of `key_columns`, `place`, `written`
  (the name as it stands in the cell) and `known_as` (as the files of the vault are known). `texts` is a relation with
  `key_columns` (one of them `district_code`), `evidence_zh` and `evidence_sha256`; where there is a hash, it alone counts. Documents are parted by ；
  or a line break, else by 、 or ，; a part that is the name of a file as it is, isn't parted. A number in front of a
  name is taken off where no file has it.
#}
{% macro named_documents(texts, names, key_columns) -%}
{% set key = key_columns | join(', ') %}
known_names as (

    select distinct
        known_as,
        record_district_code
    from {{ names }}

),

counted_lines as (

    select
        {{ key }},
        replace(replace(replace(replace(evidence_zh, chr(13), ''), chr(10), '；'), chr(9), ' '), ';', '；') as lines
    from {{ texts }}
    where evidence_sha256 is null

),

line_places as (

    select
        *,
        {{ places_until(parts_of('lines', '；')) }} as line_place
    from counted_lines

),

line_texts as (

    select
        {{ key }},
        line_place,
        trim(split_part(lines, '；', line_place)) as written
    from line_places

),

lines as (

    select
        line_texts.*,
        as_it_is.known_as is not null or without_number.known_as is not null as is_file,
        replace(replace(line_texts.written, '，', '、'), ',', '、') as parts
    from line_texts
    left join known_names as as_it_is
        on
            {{ document_key('line_texts.written') }} = as_it_is.known_as
            and {{ is_of_record('as_it_is', 'line_texts') }}
    left join known_names as without_number
        on
            {{ document_key(without_item_number('line_texts.written')) }} = without_number.known_as
            and {{ is_of_record('without_number', 'line_texts') }}
    where line_texts.written <> ''

),

part_places as (

    select
        *,
        {{ places_until(parts_of('parts', '、')) }} as part_place
    from lines
    where not is_file

),

documents as (

    select
        {{ key }},
        line_place,
        part_place,
        trim(split_part(parts, '、', part_place)) as written
    from part_places
    where trim(split_part(parts, '、', part_place)) <> ''
    union all
    select
        {{ key }},
        line_place,
        1 as part_place,
        written
    from lines
    where is_file

),

compared_documents as (

    select
        documents.*,
        as_it_is.known_as is not null as is_file,
        regexp_replace(documents.written, '^[0-9一二三四五六七八九十]{1,3}$', '') = '' as is_number,
        case
            when as_it_is.known_as is not null then as_it_is.known_as
            else {{ document_key(without_item_number('documents.written')) }}
        end as known_as
    from documents
    left join known_names as as_it_is
        on
            {{ document_key('documents.written') }} = as_it_is.known_as
            and {{ is_of_record('as_it_is', 'documents') }}

),

-- the number in 1、工作总结 is no document
followed_documents as (

    select
        *,
        lead(is_number) over (partition by {{ key }}, line_place order by part_place nulls last) as is_number_next
    from compared_documents

),

named as (

    select
        {{ key }},
        row_number() over (partition by {{ key }} order by line_place nulls last, part_place nulls last) as place,
        written,
        known_as
    from followed_documents
    where not coalesce(is_number and not is_file and not is_number_next, false)
    union all
    select
        {{ key }},
        1 as place,
        lower(evidence_sha256) as written,
        lower(evidence_sha256) as known_as
    from {{ texts }}
    where evidence_sha256 is not null

),
{%- endmacro %}

{#
  CTEs that end in `owners`: the district to which a file in no district's folder belongs, which is the one that named it
  first, where that is a single one. Of a path under which several contents came each is a file. `matched` is a relation
  with source_path, sha256, folder_district_code, district_code and the day in `named_on`.
#}
{% macro file_owners(matched, named_on) -%}
first_named as (

    select
        source_path,
        sha256,
        district_code,
        min({{ named_on }}) as named_on
    from {{ matched }}
    where folder_district_code is null
    group by source_path, sha256, district_code

),

first_of_file as (

    select
        source_path,
        sha256,
        min(named_on) as named_on
    from first_named
    group by source_path, sha256

),

owners as (

    select
        first_named.source_path,
        first_named.sha256,
        min(first_named.district_code) as district_code
    from first_named
    inner join first_of_file
        on
            first_named.source_path = first_of_file.source_path
            and first_named.sha256 = first_of_file.sha256
            and first_named.named_on = first_of_file.named_on
    group by first_named.source_path, first_named.sha256
    having count(*) = 1

),
{%- endmacro %}
