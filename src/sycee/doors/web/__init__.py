"""The web door: the built wallet, merchant and console apps, served as files and nothing else."""
