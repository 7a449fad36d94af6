"""The log as pure values: trees, tiles, checkpoints and their signatures."""
