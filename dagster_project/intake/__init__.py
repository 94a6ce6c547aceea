"""What arrived? Recognise, archive by hash, parse to rows with their cells, list faults."""
