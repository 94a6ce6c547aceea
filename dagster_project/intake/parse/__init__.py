"""From grids to typed rows of feeds, with every finding at its cell."""
