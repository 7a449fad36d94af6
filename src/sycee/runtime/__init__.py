"""WHERE it runs: PostgreSQL, transactions, lanes, jobs, HTTP plumbing, settings, telemetry."""
