// The story of `cronfleet delivery`: from the config alone to the objects by which Argo CD or Flux syncs dist.

import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { App } from 'cdk8s';
import { ArgoCdChart } from './charts/delivery-argo-cd';
import { FluxChart } from './charts/delivery-flux';
import { DELIVERY } from './charts/delivery-labels';
import { stepsOf } from './config/folder';
import { type Loaded, loadConfig } from './config/load';
import { type PushBrake, pushBrake } from './config/push-brake';
import type { Delivery } from './config/schema';
import { onDisk } from './dist/failures';
import { differences, readFolder, writeFolder } from './dist/folder';
import { type Manifest, manifestsOf } from './dist/manifests';
import { refuseLinkOut } from './dist/output';
import { finishFolder, swapFolder } from './dist/swap';
import { inTurn } from './dist/turn';
import { UserError } from './errors';
import { planDelivery } from './plan/delivery';

export interface DeliveryOptions {
  /** The config file. */
  config: string;
  /** Write nothing, and refuse a folder that is not up to date. */
  check: boolean;
}

export interface DeliveryOutcome {
  /** Relative to the working folder. */
  folder: string;
  files: number;
  /** Files that are new or changed, and files that are gone. */
  filesChanged: number;
}

/**
 * Makes the objects and puts them in place of those in the folder; a failed run leaves it as it was.
 * @throws UserError `config-invalid` (also without `delivery`), `output-refused`, `write-failed`, `already-running`;
 *   with `check` `delivery-stale`; and those of config and manifests
 */
export async function deliver({ config: file, check }: DeliveryOptions): Promise<DeliveryOutcome> {
  const loaded = await loadConfig(file, { asksStore: false });
  const delivery = deliveryOf(loaded);
  const folder = resolve(loaded.root, delivery.folder);
  refuseLinkOut(loaded.root, folder, 'the delivery folder');
  const after = render(loaded, delivery);
  const shown = relative(process.cwd(), folder);
  if (check) {
    const before = onDisk('nothing was written', () => readOwn(folder, delivery.name));
    const count = differences(before, after);
    if (count > 0) throw stale(shown, count);
    return { folder: shown, files: after.length, filesChanged: 0 };
  }
  // The lock and dist are not touched, but two runs in one folder are refused all the same.
  return inTurn(join(loaded.root, '.cronfleet', 'synth.pid'), async () => {
    const before = onDisk('nothing was written', () => {
      finishFolder(folder);
      return readOwn(folder, delivery.name);
    });
    const count = differences(before, after);
    if (count > 0) replace(folder, after);
    return { folder: shown, files: after.length, filesChanged: count };
  });
}

/** What keeps anybody from pushing at `now`, by the windows of all fleets; undefined for nothing. @throws UserError those of the config */
export async function whyNotPush(file: string, now: Date): Promise<PushBrake | undefined> {
  const { config } = await loadConfig(file, { asksStore: false });
  const windows = Object.entries(config.fleets).flatMap(([fleet, { window }]) => (window ? [{ fleet, window }] : []));
  return pushBrake(windows, now);
}

function deliveryOf({ config, file }: Loaded): Delivery {
  if (config.delivery) return config.delivery;
  throw new UserError(
    'config-invalid',
    `delivery: expected { name, repository, argoCd: true } in ${file}, got nothing`,
    {
      hint: 'or flux: true. It says by what, and from which repository, dist is synced: see docs/gitops.md',
    },
  );
}

function render({ config, root, distPath }: Loaded, delivery: Delivery): Manifest[] {
  const plan = planDelivery({ ...delivery, path: pathOf(root, distPath, delivery) }, config.fleets);
  const app = new App();
  if (delivery.argoCd) new ArgoCdChart(app, plan, delivery.argoCd);
  if (delivery.flux) new FluxChart(app, plan, delivery.flux);
  return manifestsOf(app);
}

/**
 * Where dist lies in the repository: below the folder that holds `.git`, or, where there is none, as the config says or below `root`.
 * @throws UserError `config-invalid` for another path than that: what is pruned there is no dist, but perhaps the delivery folder
 */
function pathOf(root: string, distPath: string, { path }: Delivery): string {
  const repository = repositoryOf(root);
  const real = relative(repository ?? root, distPath).replaceAll(sep, '/');
  if (path === undefined || repository === undefined) return path ?? real;
  if (stepsOf(path).join('/') === real) return path;
  throw new UserError(
    'config-invalid',
    `delivery.path: expected ${JSON.stringify(real)}, where dist lies below the folder that holds .git, got ${JSON.stringify(path)}`,
    { hint: 'leave `path` out: what lies in a synced folder and is not of dist is deleted or applied' },
  );
}

/** The nearest folder that holds `.git`. */
function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder));
}

/** The folder's files, all of this delivery. @throws UserError `output-refused` for others, also of another delivery or a dist */
function readOwn(folder: string, name: string): Manifest[] {
  const manifests = readFolder(folder, {
    fate: 'this folder is replaced by `cronfleet delivery`',
    key: 'delivery.folder',
  });
  const label = new RegExp(`^ +${DELIVERY}: "?${name}"?$`, 'm');
  const stranger = manifests.find(({ text }) => !label.test(text));
  if (stranger === undefined) return manifests;
  throw new UserError('output-refused', `${folder}: ${stranger.path} is not of delivery ${name}`, {
    hint: 'two configs cannot share a folder: give this one its own by `delivery.folder`.\nIf delivery has another name now, delete the folder: what is in the cluster under the old name is yours to delete too',
  });
}

function replace(folder: string, manifests: readonly Manifest[]): void {
  onDisk('the folder is as it was', () => {
    const swap = swapFolder(folder, (next) => writeFolder(next, manifests));
    try {
      swap.commit();
    } catch (error) {
      swap.undo();
      throw error;
    }
  });
  // What cannot be removed now stands beside the folder, and goes with the next run.
  try {
    finishFolder(folder);
  } catch {}
}

function stale(folder: string, count: number): UserError {
  const files = count === 1 ? '1 file is' : `${count} files are`;
  return new UserError('delivery-stale', `${folder} is not up to date: ${files} new, changed or gone`, {
    hint: 'run `npx cronfleet delivery`, commit the folder, and apply it: a window or namespace of the config has moved on',
  });
}
