"""What passes between the steps: files, tables, keys, remarks, problems, seeds."""
