"""WHAT people do: one slice a product; products never import each other."""
