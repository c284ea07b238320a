// Loaded before a synth: the store's answers come back with a count that cannot be.
import pg from 'pg';

const query = pg.Client.prototype.query;
pg.Client.prototype.query = async function (...args) {
  const result = await query.apply(this, args);
  for (const row of result?.rows ?? []) if ('found' in row && 'different' in row) row.found = '-1';
  return result;
};
