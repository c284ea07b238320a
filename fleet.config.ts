import { byKeyRange, defineFleets, demoStore } from './lib';

export default defineFleets({
  store: process.env.DATABASE_URL ?? demoStore({ rows: 11_000 }),
  fleets: {
    catalog: {
      namespace: 'batch',
      groups: byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 }),
      window: { opens: '00:00', closes: '05:00', timeZone: 'Asia/Seoul' },
      job: {
        image: 'ghcr.io/acme/catalog-worker:1.4.2',
        env: { LOG_LEVEL: 'info', DATABASE_URL: { secret: 'catalog-db', key: 'url' } },
      },
    },
  },
});
