"""The commands of `jiesu`, a module for each group. Thin: they parse, call and print."""
