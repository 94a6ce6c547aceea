-- One row per name of a class, with what tells it from the others of its grade: the number, however it is written (1班, 第1班,
-- （1）班, ①班, 一（1）班, 1(1)班, 1年1班, 2023级1班), or the name itself. The same as `candidate.class_key` of the intake, in SQL
-- that every engine reads.
{% set number = '([0-9]{1,2}|[一二三四五六七八九十]{1,3})' %}
{% set grade = '(?:小学|初中|高中|小|初|高)?(?:[0-9]{1,2}(?:年级|年)|[一二三四五六七八九](?:年级|年)?)' %}
{% set forms = [
    '^第?[(]?' ~ number ~ '[)]?班?$',
    '^(?:[0-9]{4}级|' ~ grade ~ ')[(]?' ~ number ~ '[)]?班?$',
    '^[0-9]{1,2}[(]' ~ number ~ '[)]班?$',
    '^[0-9]{1,2}[.]([0-9]{1,2})班$'
] %}
{% set numerals = [
    '一', '二', '三', '四', '五', '六', '七', '八', '九', '十',
    '十一', '十二', '十三', '十四', '十五', '十六', '十七', '十八', '十九', '二十'
] %}
with names as (

    select class_name from {{ ref('stg_class_sizes') }}
    union
    select class_name from {{ ref('stg_class_counts') }}
    union
    select class_name from {{ ref('stg_class_plans') }}

),

-- digits and brackets of one kind; what has no counterpart (blanks) is left out
plain as (

    select
        class_name,
        translate(class_name, '（）０１２３４５６７８９①②③④⑤⑥⑦⑧⑨． 　', '()0123456789123456789.') as written
    from names
    where class_name is not null

),

numbered as (

    select
        class_name,
        coalesce(
            {% for form in forms -%}
                nullif(regexp_extract(written, '{{ form }}', 1), ''){{ ',' if not loop.last }}
            {% endfor -%}
        ) as written_number
    from plain

),

final as (

    select
        class_name,
        case written_number
            {% for numeral in numerals -%}
                when '{{ numeral }}' then 'class {{ loop.index }}'
            {% endfor -%}
            else
                case
                    when translate(written_number, '0123456789', '') = ''
                        then concat('class ', cast(cast(written_number as integer) as string))
                    else class_name
                end
        end as class_key
    from numbered

)

select * from final
