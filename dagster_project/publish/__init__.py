"""Everything the committee reads, written from the finished marts."""
