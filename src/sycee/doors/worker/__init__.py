"""The worker: deadlines that come due and jobs that wait, for every slice in one table."""
