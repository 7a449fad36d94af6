"""Categories: under which heading a movement is seen, by rule or as its owner says."""
