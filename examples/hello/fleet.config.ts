import { byKeyRange, defineFleets, demoStore } from '../../lib';

export default defineFleets({
  store: demoStore({ rows: 10 }),
  fleets: {
    hello: {
      namespace: 'default',
      groups: byKeyRange({ table: 'catalog.items', key: 'id', capacity: 1_000 }),
      schedule: { cron: '* * * * *', timeZone: 'Etc/UTC', deadlineMinutes: 1 },
      job: {
        image: 'busybox:1.37',
        command: ['/bin/sh', '-c', 'date; echo "Hello from $GROUP_NAME"'],
        // busybox would run as root, which 'restricted' forbids; 65534 is "nobody" in nearly every image.
        runAsUser: 65_534,
        // A minute holds no tries after the first; the next minute has its own.
        retries: 0,
      },
    },
  },
});
