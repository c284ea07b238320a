-- Tables of the example fleet. Running this again changes nothing.

CREATE SCHEMA IF NOT EXISTS catalog;

-- The dataset: the same table that the demo store makes up.
CREATE TABLE IF NOT EXISTS catalog.items (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL,
  updated_at timestamptz NOT NULL
);

-- What the worker makes of an item, and the run that did.
CREATE TABLE IF NOT EXISTS catalog.results (
  item_id bigint PRIMARY KEY,
  gross_price numeric(12, 2) NOT NULL,
  fleet_run text NOT NULL
);

-- How far a run has come in its group. A retry finds the row of the try before it; another night starts a row of its own.
CREATE TABLE IF NOT EXISTS catalog.progress (
  fleet_run text NOT NULL,
  group_name text NOT NULL,
  last_id bigint,
  rows_done bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (fleet_run, group_name)
);
