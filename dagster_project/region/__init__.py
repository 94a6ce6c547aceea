"""Several districts: a lake to which each delivers its accepted rows, and the tables that are made of all of them."""
