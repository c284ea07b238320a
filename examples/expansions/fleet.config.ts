import { byQuery, defineFleets, demoStore } from '../../lib';

export default defineFleets({
  // The query reads no table, so any store will do.
  store: demoStore({ rows: 0 }),
  fleets: {
    process: {
      namespace: 'default',
      groups: byQuery({
        sql: `SELECT item AS name, item
                FROM (VALUES ('apple'), ('banana'), ('cherry')) AS list (item)`,
        name: 'name',
      }),
      once: true,
      job: {
        image: 'busybox:1.37',
        command: ['sh', '-c', 'echo "Processing item $GROUP_ITEM" && sleep 5'],
        // busybox would run as root, which 'restricted' forbids; 65534 is "nobody" in nearly every image.
        runAsUser: 65_534,
      },
    },
  },
});
