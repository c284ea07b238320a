// How dist gets into the cluster: by Argo CD or Flux, from which repository.

import * as z from 'zod';
import { folderProblem, stepsOf } from './folder';
import { nameOf, namespace } from './kubernetes-names';
import { type Broken, choice, isPlainObject, only, text, textWithout, whole } from './shapes';

const REPOSITORY_EXPECTED = 'a repository such as "https://git.example.com/team/fleet.git" or "ssh://git@…"';
const DELIVERY_FATE = 'the delivery folder is replaced as a whole';

const argoCdKeys = only({
  namespace: namespace.default('argocd'),
  server: text('the URL of a cluster’s API server, as Argo CD knows it', /^https:\/\/[^\s/@]+(\/\S*)?$/).default(
    'https://kubernetes.default.svc',
  ),
});

const fluxKeys = only({
  namespace: namespace.default('flux-system'),
  intervalMinutes: whole(1, 1_440).default(10),
  secret: nameOf('Secret').optional(),
});

export const delivery = only(
  {
    name: text(
      'at most 63 lower-case letters, digits and "-", no "-" at either end\nit names the Application or Kustomization: no other in the cluster has it',
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    ),
    repository: textWithout(REPOSITORY_EXPECTED, repositoryProblem),
    branch: text(
      'the name of a branch, such as "main"',
      /^(?!.*(\.\.|\/\/|\.lock$|[/.]$))[A-Za-z0-9][-._/A-Za-z0-9]{0,199}$/,
    ).default('main'),
    path: textWithout('the folder of dist in the repository, such as "dist"', (path) =>
      folderProblem(path, 'what is gone from a synced folder is deleted'),
    ).optional(),
    folder: textWithout('a folder inside the folder of the config file, such as "delivery"', (path) =>
      folderProblem(path, DELIVERY_FATE),
    ).default('delivery'),
    argoCd: trueOr('true or { namespace, server }', argoCdKeys).optional(),
    flux: trueOr('true or { namespace, intervalMinutes, secret }', fluxKeys).optional(),
  },
  { expected: '{ name, repository, argoCd: true } or { name, repository, flux: true }', rule: oneTool },
);

export type Delivery = z.output<typeof delivery>;
export type ArgoCd = z.output<typeof argoCdKeys>;
export type Flux = z.output<typeof fluxKeys>;

/** `true` for every default of `keys`. */
function trueOr<S extends z.ZodType>(expected: string, keys: S) {
  return choice(expected, (value) => {
    if (value === true) return z.literal(true).transform((): z.output<S> => keys.parse({}));
    return isPlainObject(value) ? keys : undefined;
  });
}

function repositoryProblem(text: string): string | undefined {
  if (/^[^/\s@]+@[^/\s:]+:/.test(text)) return `write "ssh://${text.replace(':', '/')}": Flux knows no other form`;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'write its URL';
  }
  if (!['https:', 'ssh:'].includes(url.protocol)) return 'only https and ssh keep it from being changed on its way';
  if (url.password !== '' || (url.protocol === 'https:' && url.username !== ''))
    return 'this is committed: what opens a private repository goes into a Secret of Argo CD or Flux';
  // As written is what Argo CD compares with, so nothing is put right here.
  return /^\S+$/.test(text) && url.pathname.length > 1 && url.search === '' && url.hash === ''
    ? undefined
    : 'write host and path, and nothing behind them';
}

/** Two tools at once would each take back what the other does. */
function oneTool({ argoCd, flux }: Record<string, unknown>): Broken[] {
  if (argoCd === undefined && flux === undefined)
    return [{ path: [], message: 'argoCd or flux beside the rest\nleave delivery out where neither is used' }];
  if (argoCd === undefined || flux === undefined) return [];
  return [
    {
      path: ['flux'],
      message: 'no such key beside `argoCd`\ntwo tools would prune and apply the same objects: choose one',
      got: 'both',
    },
  ];
}

/** What is synced must not hold what says how it is synced, nor the other way round. */
export function foldersApart({ delivery, dist = 'dist' }: Record<string, unknown>): Broken[] {
  if (!isPlainObject(delivery) || typeof dist !== 'string') return [];
  const { folder = 'delivery', path } = delivery;
  if (typeof folder !== 'string') return [];
  const [ours, theirs] = [stepsOf(folder), stepsOf(dist)];
  if (ours.length === 0 || theirs.length === 0) return [];
  // Where the config's folder lies in the repository is not known here; see ../delivery.ts.
  const ends = (end: readonly string[], steps: readonly string[]) =>
    end.join('/') === steps.slice(-end.length).join('/');
  if (typeof path === 'string' && ends(ours, stepsOf(path)) && !ends(theirs, stepsOf(path))) {
    const message =
      'the folder of dist in the repository, such as "dist"\nthat is the delivery folder, which nothing may sync: it would delete and undo itself';
    return [{ path: ['delivery', 'path'], message, got: JSON.stringify(path) }];
  }
  if (!ours.slice(0, theirs.length).every((step, index) => step === theirs[index])) return [];
  const todo = ours.length < theirs.length ? 'dist lies in it' : 'it lies in dist, which is replaced at each synth';
  return [{ path: ['delivery', 'folder'], message: `a folder beside dist\n${todo}`, got: JSON.stringify(folder) }];
}
