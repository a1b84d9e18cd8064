"""Every read of the console, and the tables it reads. One function, one question; no screen in here."""
