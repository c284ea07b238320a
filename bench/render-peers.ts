// The same manifests by the ways of others: `sed`, Jinja2, and a cdk8s app without us. Each reads a list of groups and one of our
// manifests with marks where groups differ, and writes a file for each group.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What differs between two groups. */
export interface Slice {
  name: string;
  id: string;
  from: string;
  to: string;
  schedule: string;
  /** Seconds. */
  deadline: string;
}

/** Writes what the peers need into `<folder>/peers`. @param manifest one of ours, of the given group */
export function writePeers(folder: string, slices: readonly Slice[], manifest: string, of: Slice): void {
  const peers = join(folder, 'peers');
  mkdirSync(peers, { recursive: true });
  const marked = (mark: (name: keyof Slice) => string) =>
    // From the longest on, since an id may be part of a bound.
    (['name', 'schedule', 'deadline', 'to', 'from', 'id'] as const).reduce(
      (text, name) => text.replaceAll(new RegExp(`(?<![\\w*])${escaped(of[name])}(?![\\w*])`, 'g'), mark(name)),
      manifest,
    );
  writeFileSync(join(peers, 'list.txt'), `${slices.map((slice) => Object.values(slice).join('|')).join('\n')}\n`);
  writeFileSync(join(peers, 'list.json'), JSON.stringify(slices));
  writeFileSync(
    join(peers, 'sed.yaml'),
    marked((name) => `__${name}__`),
  );
  writeFileSync(
    join(peers, 'jinja.yaml'),
    marked((name) => `{{ ${name} }}`),
  );
  writeFileSync(
    join(peers, 'app.json'),
    JSON.stringify(
      parse(
        marked((name) => `__${name}__`),
        { version: '1.1' },
      ),
    ),
  );
  writeFileSync(join(peers, 'sed.sh'), SED);
  writeFileSync(join(peers, 'jinja.py'), JINJA);
  writeFileSync(join(peers, 'app.ts'), APP);
}

export function readSlices(folder: string): Slice[] {
  const lock = JSON.parse(readFileSync(join(folder, 'fleet.lock.json'), 'utf8')) as {
    fleets: { catalog: { groups: { id: number; from: string | null; to: string | null }[] } };
  };
  return lock.fleets.catalog.groups.map(({ id, from, to }) => {
    const name = `catalog-${String(id).padStart(4, '0')}`;
    const text = readFileSync(join(folder, 'dist/catalog', `CronJob.${name}.k8s.yaml`), 'utf8');
    return {
      name,
      id: String(id),
      from: from ?? '',
      to: to ?? '',
      schedule: /schedule: "?([^"\n]+)/.exec(text)?.[1] ?? '',
      deadline: /activeDeadlineSeconds: (\d+)/.exec(text)?.[1] ?? '',
    };
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const SED = `set -eu
mkdir -p out-sed
while IFS='|' read -r name id from to schedule deadline; do
  sed -e "s/__name__/$name/g; s/__id__/$id/g; s/__from__/$from/g; s/__to__/$to/g; s/__schedule__/$schedule/g; s/__deadline__/$deadline/g" sed.yaml > "out-sed/CronJob.$name.k8s.yaml"
done < list.txt
`;

const JINJA = `import json, os
from jinja2 import Environment
template = Environment(keep_trailing_newline=True).from_string(open('jinja.yaml').read())
os.makedirs('out-jinja', exist_ok=True)
for group in json.load(open('list.json')):
    with open('out-jinja/CronJob.%s.k8s.yaml' % group['name'], 'w') as file:
        file.write(template.render(group))
`;

const APP = `import { readFileSync } from 'node:fs';
import { App, Chart, YamlOutputType } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';

const app = new App({ outdir: 'out-app', yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
const chart = new Chart(app, 'catalog');
const template = readFileSync('app.json', 'utf8');
for (const group of JSON.parse(readFileSync('list.json', 'utf8'))) {
  const { metadata, spec } = JSON.parse(template.replace(/__(\\w+?)__/g, (_, name) => group[name]).replace(/(?<=activeDeadlineSeconds":)"(\\d+)"/, '$1'));
  for (const { resources } of spec.jobTemplate.spec.template.spec.containers)
    for (const amounts of Object.values(resources))
      for (const [name, amount] of Object.entries(amounts)) amounts[name] = k8s.Quantity.fromString(amount);
  new k8s.KubeCronJob(chart, group.name, { metadata, spec });
}
app.synth();
`;
