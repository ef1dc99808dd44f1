-- What is remembered. Times are seconds; text that ends in JSON is written by document.py.

-- The truth: everything that happened, in order. Rows are added, never changed.
CREATE TABLE event (
    number  INTEGER PRIMARY KEY,    -- from 1, without gaps, over all runs
    run     TEXT NOT NULL,
    kind    TEXT NOT NULL,          -- the event's class
    at      REAL NOT NULL,          -- since the epoch; a label
    elapsed REAL NOT NULL,          -- since the machine booted; never jumps
    body    TEXT NOT NULL           -- JSON
);
CREATE INDEX event_of_run ON event (run);
