"""SQL of `bank.*`: one function a query."""
