"""Real input into the schema: one loader, and a declarative preset for each source.

    preset.py    a preset's TOML file, read into the blocks of blocks.py
    grammar.py   what its TOML says of one value
    blocks.py    the building blocks: how one value of a record is made from a row
    files.py     a CSV file: encoding, delimiter, header, rows with their line numbers
    values.py    text to amounts, moments, booleans: by the file's one date order and decimal mark
    records.py   a row and a preset's file section make a record
    store.py     records in a database, found again by their source's key
    tables.py    one row is one record: new, changed, same or refused
    histories.py one row is one update of a record; the differences between them are its events
    run.py       read everything, then change everything: `load`

What a source contradicts is stored as it says; `queries.health` lists it.
"""
