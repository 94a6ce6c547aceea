{{ config(materialized='view') }}

select * from {{ ref('int_states_by_figures') }}  -- noqa: AM04
union all
select * from {{ ref('int_states_by_returns') }}
