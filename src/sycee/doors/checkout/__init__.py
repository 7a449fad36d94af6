"""The page on which a link or an order is paid, rendered here: it needs no script to be read."""
