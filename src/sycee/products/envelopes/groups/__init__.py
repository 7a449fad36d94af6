"""Groups of people who give to each other: made, joined by an invitation, left."""
