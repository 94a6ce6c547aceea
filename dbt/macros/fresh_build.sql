{#
    Every build fills a new file, so a table or view is written once under its own name: there is nothing to rename,
    back up or drop. The adapter's own materializations do all three for each model, which costs a run of the sample
    a second. Other adapters keep their own.
#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="table") -%}
    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {% call statement("main") -%}
        {{ create_table_as(false, target_relation, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="view") -%}
    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {% call statement("main") -%}
        {{ create_view_as(target_relation, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}

{#
    Whether a query gives the columns that its contract names. Where names and types agree literally, one look at the
    query shows it; whatever differs is left to dbt's own comparison, which costs three times that.
#}
{% macro duckdb__get_assert_columns_equivalent(sql) %}
    {%- set declared = {} -%}
    {%- for column in model["columns"].values() -%}
        {%- do declared.update({column["name"]: column["data_type"] | upper}) -%}
    {%- endfor -%}
    {%- set given = {} -%}
    {%- for column in adapter.get_column_schema_from_query(sql) -%}
        {%- do given.update({column.name: column.dtype | upper}) -%}
    {%- endfor -%}
    {%- if not declared or given != declared -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{% endmacro %}
