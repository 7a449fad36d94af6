"""The only place that names `ledger.*`: literal SQL, one function a query."""
