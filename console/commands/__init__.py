"""The commands behind `console`: one file each, thin, calling what the screens call."""
