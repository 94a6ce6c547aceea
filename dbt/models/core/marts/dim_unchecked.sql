select
    text_zh,
    who_zh
from {{ source('accepted', 'unchecked') }}
