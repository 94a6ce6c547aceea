-- Feeds in which a school (and stage) has accepted rows of several kinds of sources.
select distinct feed
from candidate.units_by_kind
where not is_in_force
