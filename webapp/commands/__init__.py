"""What `handrail …` can do, one file for each group, loaded only when it is run."""
