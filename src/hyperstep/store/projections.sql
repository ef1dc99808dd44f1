-- What people ask for. All of it is folded from `event` by projections.py, in the transaction that adds the events;
-- it can be dropped and folded again. So no table refers to another: what an event says is taken as it is.

CREATE TABLE run (
    number       INTEGER PRIMARY KEY,
    pipeline     TEXT NOT NULL,
    state        TEXT NOT NULL,
    submitted_at REAL NOT NULL,
    ended_at     REAL,
    reason       TEXT NOT NULL DEFAULT '',
    origin       TEXT NOT NULL,
    parameters   TEXT NOT NULL,     -- JSON: value by name
    labels       TEXT NOT NULL DEFAULT '{}',    -- JSON: text by name
    published    TEXT NOT NULL DEFAULT '',      -- the published pipeline that it is a run of: name and version
    deleted      INTEGER NOT NULL DEFAULT 0     -- 1 if nobody wants to see it any more
);

-- Runs that wait for the workspace's server to drive them, until they end.
CREATE TABLE queue (
    run          INTEGER PRIMARY KEY
);

-- Submissions that were given a key, so that the same one is made once.
CREATE TABLE request (
    pipeline     TEXT NOT NULL,     -- the published pipeline
    key          TEXT NOT NULL,
    asked        TEXT NOT NULL,     -- digest of all that was asked for
    run          TEXT NOT NULL,
    at           REAL NOT NULL,
    PRIMARY KEY (pipeline, key)
) WITHOUT ROWID;

CREATE TABLE published (
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,  -- from 1
    event        INTEGER NOT NULL,  -- number of the event, which holds the pipeline
    at           REAL NOT NULL,
    description  TEXT NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

-- Files and folders that pipelines name as their data.
CREATE TABLE dataset (
    path         TEXT NOT NULL,
    run          INTEGER NOT NULL,
    digest       TEXT NOT NULL,
    size         INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    PRIMARY KEY (path, run)
) WITHOUT ROWID;

CREATE TABLE step (
    id           TEXT PRIMARY KEY,
    run          TEXT NOT NULL,
    position     INTEGER NOT NULL,  -- as the pipeline declares them, from 0
    name         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    metric       TEXT NOT NULL,     -- of a tuning step the primary metric, else empty
    goal         TEXT NOT NULL,     -- maximize or minimize, or empty
    ready_at     REAL,
    fingerprint  TEXT NOT NULL DEFAULT '',
    ended_at     REAL,
    ended        INTEGER,           -- number of the event
    reused       TEXT NOT NULL DEFAULT '',
    best         INTEGER,
    reason       TEXT NOT NULL DEFAULT '',
    outputs      TEXT NOT NULL DEFAULT '{}', -- JSON: artifact by name
    notes        TEXT NOT NULL DEFAULT '[]'  -- JSON: sentences
) WITHOUT ROWID;
CREATE INDEX step_of_run ON step (run, position);
CREATE INDEX step_of_fingerprint ON step (fingerprint, ended) WHERE state = 'completed';

CREATE TABLE trial (
    step         TEXT NOT NULL,
    number       INTEGER NOT NULL,
    "values"     TEXT NOT NULL,     -- JSON: value by name
    state        TEXT NOT NULL,
    reports      INTEGER NOT NULL DEFAULT 0,
    best_score   REAL,
    last_score   REAL,              -- NULL is NaN if there are reports (SQLite has no NaN)
    reason       TEXT NOT NULL DEFAULT '',
    job          TEXT NOT NULL DEFAULT '', -- the newest attempt; only its reports count
    seconds      REAL,
    key          TEXT NOT NULL,     -- digest of all that it computes, or empty
    policy       TEXT NOT NULL,     -- digest of the policy that it is under, or empty
    taken        TEXT NOT NULL DEFAULT '', -- the earlier trial whose result it took; `job` is that one's
    PRIMARY KEY (step, number)
) WITHOUT ROWID;
CREATE INDEX trial_of_key ON trial (key) WHERE key <> '' AND taken = '';

CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,     -- step or trial
    attempt      INTEGER NOT NULL,
    state        TEXT NOT NULL,
    pid          INTEGER,
    start        TEXT NOT NULL DEFAULT '',
    start_reason TEXT NOT NULL DEFAULT '',
    requested_at REAL NOT NULL,
    started_at   REAL,
    ended_at     REAL,
    seconds      REAL,
    code         INTEGER,
    detail       TEXT NOT NULL DEFAULT '',
    stop_reason  TEXT NOT NULL DEFAULT '',
    stop_by      TEXT NOT NULL DEFAULT '', -- policy, limit or cancel
    source       TEXT NOT NULL,     -- digest of the code
    environment  TEXT NOT NULL,     -- digest of its definition
    inputs       TEXT NOT NULL      -- JSON: digest by name
) WITHOUT ROWID;
CREATE INDEX job_of_owner ON job (owner, attempt);

-- A job's metric of one name; its points are numbered from 0.
CREATE TABLE series (
    id           INTEGER PRIMARY KEY,
    job          TEXT NOT NULL,
    name         TEXT NOT NULL,
    points       INTEGER NOT NULL,
    last         REAL,              -- NULL is NaN
    UNIQUE (job, name)
);

CREATE TABLE metric (
    series       INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    step         INTEGER,
    value        REAL,              -- NULL is NaN, and -0.0 is 0.0
    at           REAL,              -- by the job's clock; NULL is NaN
    PRIMARY KEY (series, number)
) WITHOUT ROWID;

CREATE TABLE tag (
    job          TEXT NOT NULL,
    key          TEXT NOT NULL,
    value        TEXT NOT NULL,
    PRIMARY KEY (job, key)
) WITHOUT ROWID;

CREATE TABLE artifact (
    job          TEXT NOT NULL,
    name         TEXT NOT NULL,
    event        INTEGER NOT NULL,  -- number of the event
    at           REAL NOT NULL,
    digest       TEXT NOT NULL,
    size         INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    member       TEXT NOT NULL,
    members      TEXT NOT NULL,     -- JSON: files of a tree
    PRIMARY KEY (job, name)
) WITHOUT ROWID;
CREATE INDEX artifact_of_digest ON artifact (digest, event);

-- Models that were asked for; granted once there is a model of the same request.
CREATE TABLE wish (
    request      TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    digest       TEXT NOT NULL,
    size         INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    member       TEXT NOT NULL,
    aliases      TEXT NOT NULL,     -- JSON: list
    tags         TEXT NOT NULL,     -- JSON: text by name
    step         TEXT NOT NULL,     -- that made the artifact, or empty
    job          TEXT NOT NULL,     -- that waits for the answer, or empty
    trial        TEXT NOT NULL      -- that made the artifact, or empty
) WITHOUT ROWID;

CREATE TABLE model (
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,  -- from 1
    request      TEXT NOT NULL UNIQUE,
    run          TEXT NOT NULL,
    created_at   REAL NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

CREATE TABLE alias (
    name         TEXT NOT NULL,
    alias        TEXT NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (name, alias)
) WITHOUT ROWID;
