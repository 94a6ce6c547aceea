"""From bytes to grids of cells, one module per file format."""
