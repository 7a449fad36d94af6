"""The log as values: trees, tiles, checkpoints and their signatures. Pure."""
