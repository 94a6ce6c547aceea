-- What dbt sent for each seed, model and data test of a build, in the order in which they ended.
create table kept_statements (
    position integer,
    node varchar,
    kind varchar,
    relation varchar,
    statement varchar,
    reads varchar[]
)
