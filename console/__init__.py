"""The back-office console: everything that is neither a screen (pages/) nor a read (queries/)."""
