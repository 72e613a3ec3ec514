"""What Handrail does, one file for each use case: load, ask the domain, save. Nothing here commits or calls out."""
