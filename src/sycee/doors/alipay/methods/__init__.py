"""The methods of the protocol: each turns a request into one verb of a product and back."""
