"""What the dialogue manager does: thin actions that read slots, call the core and say something."""
