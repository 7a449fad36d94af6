"""The door for programs: `/v1`, its description, and the pages that explain it."""
