// Where manifests go. The cdk8s CLI empties its output folder before it runs the app, so dist must never be that folder.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors';

/** Where cdk8s.yaml sends the CLI's output, below the config's folder. */
export const CDK8S_SCRATCH = '.cronfleet/cdk8s';

/** The files of a project. Absolute paths. */
export interface Places {
  /** Folder of the config; the others lie in it. */
  root: string;
  lockPath: string;
  distPath: string;
}

/** `project`: lock and dist, with a copy for the CLI where it waits for one. `elsewhere`: a folder of the person's own, nothing else. */
export type Output = { kind: 'project'; copy: string | undefined } | { kind: 'elsewhere'; folder: string };

/** @throws UserError `output-refused` when the CLI was told to write where dist is, or dist leads out of the project */
export function chooseOutput(places: Places, cdk8sOutput: string | undefined): Output {
  const { root, distPath } = places;
  refuseLinkOut(root, distPath);
  if (cdk8sOutput === undefined) return { kind: 'project', copy: undefined };
  const folder = resolve(cdk8sOutput);
  // cdk8s.yaml speaks of the folder the CLI runs in, which need not be that of the config.
  if ([resolve(root, CDK8S_SCRATCH), resolve(CDK8S_SCRATCH)].includes(folder)) return { kind: 'project', copy: folder };
  if (`${folder}${sep}`.startsWith(`${distPath}${sep}`) || `${distPath}${sep}`.startsWith(`${folder}${sep}`)) {
    throw new UserError(
      'output-refused',
      `cdk8s was told to write into ${cdk8sOutput}, which it empties first, and dist is there`,
      {
        hint: `the lock is untouched: bring dist back with \`git checkout -- ${relative(root, distPath)}\` or \`npm run synth\`;\nleave -o out, or name a folder of its own`,
      },
    );
  }
  return { kind: 'elsewhere', folder };
}

/** @throws UserError `output-refused` when a link leads `folder` out of `root` */
export function refuseLinkOut(root: string, folder: string, what = 'dist'): void {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  if (`${realpathSync(existing)}${sep}`.startsWith(`${realpathSync(root)}${sep}`)) return;
  throw new UserError('output-refused', `${folder} leads out of ${root}`, {
    hint: `${what} must be a folder inside the folder of the config`,
  });
}
