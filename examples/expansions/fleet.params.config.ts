import { byQuery, defineFleets, demoStore } from '../../lib';

export default defineFleets({
  store: demoStore({ rows: 0 }),
  dist: 'dist-params',
  fleets: {
    fruit: {
      namespace: 'default',
      groups: byQuery({
        sql: `SELECT name, url
                FROM (VALUES ('apple', 'http://dbpedia.org/resource/Apple'),
                             ('banana', 'http://dbpedia.org/resource/Banana'),
                             ('cherry', 'http://dbpedia.org/resource/Cherry')) AS list (name, url)`,
        name: 'name',
      }),
      once: true,
      deadlineMinutes: 10,
      job: {
        image: 'busybox:1.37',
        command: ['sh', '-c', 'echo "Processing URL $GROUP_URL" && sleep 5'],
        runAsUser: 65_534,
      },
    },
  },
});
