"""PostgreSQL under our own supervision: where no server is given, a cluster in a folder of ours."""

from sycee.runtime.postgres.binaries import PostgresError, binaries
from sycee.runtime.postgres.cluster import Cluster
from sycee.runtime.postgres.watch import watching

__all__ = ["Cluster", "PostgresError", "binaries", "watching"]
