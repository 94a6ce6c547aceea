create table region_state.districts (
    district_code varchar,
    district_zh varchar,
    is_expected boolean,
    status varchar,
    delivery_id varchar,
    delivered_on date,
    days_since_delivery bigint,
    as_of date,
    submissions bigint,
    program_version varchar,
    is_program_different boolean,
    is_rules_different boolean,
    is_standards_different boolean,
    is_synthetic boolean,
    delivery_problem_zh varchar
)
