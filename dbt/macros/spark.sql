{#
  What Apache Spark needs beside the adapter's own macros (target `spark` in profiles.yml). Where a function has another
  name there, the macro that names it stands beside its sibling for DuckDB, in the file of its subject.
#}

{#
  The tables of schema `accepted`, over the Parquet files in the folder that JUNHENG_ACCEPTED_PARQUET names: a path or a
  URL that the cluster can read, with `<table>.parquet` as a file or as a folder of files. Run as an operation before a build.
#}
{% macro register_accepted() %}
    {%- if execute -%}
        {%- set folder = env_var('JUNHENG_ACCEPTED_PARQUET') -%}
        {%- do run_query('create schema if not exists accepted') -%}
        {%- for source in graph.sources.values() if source.source_name == 'accepted' -%}
            {%- set relation = source.schema ~ '.' ~ source.identifier -%}
            {%- do run_query('drop table if exists ' ~ relation) -%}
            {%- do run_query(
                'create table ' ~ relation ~ ' using parquet location '
                ~ spark_text(folder ~ '/' ~ source.identifier ~ '.parquet')
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}

{# A text as a literal: in Spark a backslash escapes, a doubled quote does not. #}
{% macro spark_text(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}

{# `varchar` needs a length in Spark; both engines know text without one as `string`. #}
{% macro spark__cast(expression, type) -%}
    cast({{ expression }} as {{ 'string' if type | lower == 'varchar' else type }})
{%- endmacro %}

{#
  Rows of a seed. The adapter's own macro turns a blank cell into the word None and doesn't escape quotes
  (https://github.com/dbt-labs/dbt-adapters/issues/487, https://github.com/dbt-labs/dbt-spark/issues/901).
#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set declared = model['config'].get('column_types', {}) -%}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(declared.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set statement -%}
            insert into {{ this.render() }} values
            {%- for row in rows %}
            ({% for value in row -%}
                {{ dbt.cast('null' if value is none else spark_text(value | string), types[loop.index0]) }}
                {{- ', ' if not loop.last }}
            {%- endfor %}){{ ',' if not loop.last }}
            {%- endfor %}
        {%- endset -%}
        {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
        {%- do statements.append(statement) -%}
    {%- endfor -%}
    {{ return(statements[0] if statements else '') }}
{% endmacro %}

{#
  Only staging keeps its views: others are published, and readers of the files find tables alone; or many models read
  them, and Spark would compute them in each.
#}
{% materialization view, adapter='spark' -%}
    {{ return(create_or_replace_view() if schema == 'staging' else materialization_table_spark()) }}
{%- endmaterialization %}

{#
  Where a table is kept on a cluster: below JUNHENG_SPARK_LOCATION, a folder per schema; the warehouse's own folder if it
  isn't set.
#}
{% macro spark__location_clause() %}
    {%- set root = env_var('JUNHENG_SPARK_LOCATION', '') -%}
    {%- if root %}
    location {{ spark_text(root ~ '/' ~ this.schema ~ '/' ~ this.identifier) }}
    {%- endif -%}
{% endmacro %}

{# The format of the tables: parquet, or delta or iceberg where the cluster has it. #}
{% macro spark__file_format_clause() %}
    using {{ env_var('JUNHENG_SPARK_FORMAT', 'parquet') }}
{%- endmacro %}

{# Marts with districts are kept district by district, if JUNHENG_SPARK_BY_DISTRICT is 1: each is read by itself then. #}
{% macro spark__partition_cols(label, required=false) %}
    {%- if env_var('JUNHENG_SPARK_BY_DISTRICT', '0') == '1' and 'district_code' in model.columns and model.columns | length > 1 -%}
    {{ label }} (district_code)
    {%- endif -%}
{%- endmacro %}
