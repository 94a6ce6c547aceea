{#
Where a value stands, by `accepted.column_maps.letters`. What `letters` may be:

    D           column D of the row of the sheet
    D,E         a sum of two columns
    附表!C9,-C10   cells of their own, of national forms; perhaps in another sheet, perhaps subtracted
    *第 2 行     rows of a roster; no cell of a person is named
    (empty)     a constant of the layout

Each takes an expression for `letters`; `row` is one for the number of the row. `read_sql` knows them in every statement.
#}
{#- The sheet that a value stands in; `sheet` is that of its row. -#}
{%- macro own_sheet(letters, sheet) -%}
    coalesce(nullif(regexp_extract({{ letters }}, '^([^*].*)!', 1), ''), {{ sheet }})
{%- endmacro -%}

{#- Letters of columns or addresses, without the sheet, parted by commas; null where a value has no cell. -#}
{%- macro places_of(letters) -%}
    case when {{ letters }} not like '*%' then nullif(regexp_replace({{ letters }}, '^.*!', ''), '') end
{%- endmacro -%}

{#- Address of the first cell of a value; null where it has none. -#}
{%- macro first_cell(letters, row) -%}
    {{ address("ltrim(split_part(" ~ places_of(letters) ~ ", ',', 1), '-')", row) }}
{%- endmacro -%}

{#- Addresses of all cells of a value, parted by commas, `-` before those that are subtracted; null where it has none. -#}
{%- macro all_cells(letters, row) -%}
    array_to_string(
        list_transform(string_split({{ places_of(letters) }}, ','), lambda place: {{ address('place', row) }}), ','
    )
{%- endmacro -%}

{#- Number of cells of a value. -#}
{%- macro cell_count(letters) -%}
    coalesce(len(string_split({{ places_of(letters) }}, ',')), 0)
{%- endmacro -%}

{#- Which rows of a roster a value is made of; null where it comes from none. -#}
{%- macro roster_rows(letters) -%}
    case when {{ letters }} like '*%' then substr({{ letters }}, 2) end
{%- endmacro -%}

{#- Address of a place: a letter needs the row, an address doesn't. -#}
{%- macro address(place, row) -%}
    case when regexp_matches({{ place }}, '[0-9]$') then {{ place }} else {{ place }} || {{ row }} end
{%- endmacro -%}
