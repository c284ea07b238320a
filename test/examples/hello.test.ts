import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { aProject, REPOSITORY } from '../support/project';

test('the hello example is committed as synth writes it: one CronJob, every minute, not as root', async () => {
  const project = aProject('');
  cpSync(join(REPOSITORY, 'examples/hello'), join(project.folder, 'examples/hello'), { recursive: true });
  const committed = project.files('examples/hello');

  const ran = await project.cronfleet(['synth', '--config', 'examples/hello/fleet.config.ts']);
  expect(ran).toMatchObject({ code: 0 });
  expect(project.files('examples/hello')).toEqual(committed);

  const cronJobs = Object.values(project.files('examples/hello/dist'))
    .map((text) => parse(text))
    .filter(({ kind }) => kind === 'CronJob');
  expect(cronJobs).toHaveLength(1);
  const { schedule, timeZone, jobTemplate } = cronJobs[0].spec;
  expect({ schedule, timeZone }).toEqual({ schedule: '* * * * *', timeZone: 'Etc/UTC' });
  expect(jobTemplate.spec.activeDeadlineSeconds).toBe(60);
  const pod = jobTemplate.spec.template.spec;
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65_534 });
  expect(pod.containers[0]).toMatchObject({
    image: 'busybox:1.37',
    command: ['/bin/sh', '-c', expect.stringContaining('date;')],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  });
});
