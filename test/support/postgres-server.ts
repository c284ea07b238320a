// A real PostgreSQL for the whole test run.

import type { TestProject } from 'vitest/node';
import { startPostgres } from './start-postgres';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a superuser on the run's own server. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres(['max_connections=200']);
  project.provide('postgresUrl', server.url);
  return server.stop;
}
