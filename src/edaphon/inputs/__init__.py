"""Everything that is read and checked before anything is computed."""
