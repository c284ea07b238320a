// What a folded fleet cannot have: its groups share one pod template, and a script of /bin/sh tells each pod its group.

import { containersIn } from './container';
import { namesIn } from './expansion';
import { type Broken, isPlainObject } from './shapes';

/** Where the scripts lie in a folded fleet's containers. */
export const SCRIPTS_FOLDER = '/cronfleet';

/** The Job controller sets it, unless a container has one of that name. */
const INDEX = 'JOB_COMPLETION_INDEX';
/** Names that dash, bash or busybox keep for themselves: assigning them fails or does not last. */
const OF_THE_SHELL =
  /^(BASH.*|DIRSTACK|EUID|FUNCNAME|GROUPS|IFS|LINENO|OLDPWD|OPTARG|OPTIND|PPID|PS[124]|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|UID|_)$/;

/** Why no shell would hand a variable of this name on; undefined for names that it would. */
export function shellNameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'a shell drops names with other than letters, digits and "_"';
  if (name === INDEX) return 'the Job controller sets it';
  return OF_THE_SHELL.test(name) ? 'the shell sets it itself' : undefined;
}

/** The rules of `fold`, over a fleet as it was written. */
export function foldRules(written: Record<string, unknown>): Broken[] {
  const { fold, once, window } = written;
  // `once` refuses it already.
  if (fold === undefined || once !== undefined) return [];
  const spread =
    isPlainObject(window) && window.startsPerMinute !== undefined
      ? [
          {
            path: ['window', 'startsPerMinute'],
            message: 'no such key beside `fold`\none Job starts all: `concurrency` says how many run at once',
          },
        ]
      : [];
  const ofContainers = containersIn(written).flatMap(({ at, container }) =>
    containerRules(container).map((broken) => ({ ...broken, path: [...at, ...broken.path] })),
  );
  return [...spread, ...ofContainers];
}

function containerRules({ command, args, env, resources, writable }: Record<string, unknown>): Broken[] {
  return [
    ...(command === undefined
      ? [
          {
            path: ['command'],
            message:
              'a list of texts such as ["/app/worker"] beside `fold`\na script of /bin/sh takes the place of the image\'s entrypoint: write what it shall run',
          },
        ]
      : []),
    ...(typeof resources === 'function'
      ? [{ path: ['resources'], message: 'an object beside `fold`\nall groups share one pod template' }]
      : []),
    ...groupIn('command', command),
    ...groupIn('args', args),
    ...(isPlainObject(env) ? Object.keys(env).flatMap(nameRule) : []),
    ...(Array.isArray(writable) ? writable.flatMap(folderRule) : []),
  ];
}

function groupIn(key: string, words: unknown): Broken[] {
  if (!Array.isArray(words)) return [];
  return words.flatMap((word, index) => {
    const name = typeof word === 'string' ? namesIn(word).find((name) => name.startsWith('GROUP_')) : undefined;
    if (name === undefined) return [];
    const todo = `Kubernetes does not know it there: let the program read ${name}, or write ["/bin/sh", "-c", "… \\"$${name}\\""]`;
    return [{ path: [key, index], message: `a text without $(${name}) beside \`fold\`\n${todo}` }];
  });
}

function nameRule(name: string): Broken[] {
  const problem = shellNameProblem(name);
  if (problem === undefined) return [];
  const message = `a name that /bin/sh hands on, beside \`fold\`\n${problem}; choose another name`;
  return [{ path: ['env', name], message, got: `the name ${JSON.stringify(name)}` }];
}

function folderRule(path: unknown, index: number): Broken[] {
  if (typeof path !== 'string' || !`${path}/`.startsWith(`${SCRIPTS_FOLDER}/`)) return [];
  const message = `a folder outside of ${SCRIPTS_FOLDER} beside \`fold\`\nthe scripts that tell a pod its group lie there`;
  return [{ path: ['writable', index], message }];
}
