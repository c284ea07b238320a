// `cronfleet controller`: its flags, and what it says at the end. It runs in the cluster before each window, or by hand.

import type { Command } from 'commander';
import { connect, REAL_PACE } from '../cluster/cluster';
import type { Pace } from '../cluster/retry';
import { type Controlled, control, type PrepareApply } from '../controller';
import { listed, number } from '../text';
import { accessOptions, addClusterFlags, type ClusterFlags } from './cluster-flags';
import { optionsFromEnvironment } from './environment';
import { tellProgress } from './progress';
import { addPermitFlags, type SynthFlags, withFlags } from './synth-flags';

/** Adds the command to the program. @param prepare how a fleet is applied */
export function addController(program: Command, prepare: PrepareApply, pace: Pace = REAL_PACE): Command {
  const command = program
    .command('controller')
    .argument('<fleet>', 'the fleet to refresh and apply')
    .description('refresh a fleet from the store and apply it in the cluster, with its lock in ConfigMap <fleet>-lock')
    .option('--config <file>', 'config file (default: fleet.config.ts)');
  addClusterFlags(addPermitFlags(command)).addHelpText('after', EXIT_TEXT);
  return command.action(async (fleet: string, flags: SynthFlags & ClusterFlags) => {
    const { progress, end } = tellProgress(process.stderr);
    const options = { ...withFlags(optionsFromEnvironment(process.env), flags), fleet, progress };
    const controlled = await control(options, await connect(accessOptions(flags), pace), prepare).finally(end);
    process.stderr.write(`${controlledLines(controlled).join('\n')}\n`);
  });
}

const EXIT_TEXT = `
Exit codes:
  0  refreshed and applied; or somebody else has written the lock meanwhile, and applies it
  1  refused, and nothing was written; or cut short, and the next run goes on from there
`;

/** For people, and for the log of a pod. */
export function controlledLines(controlled: Controlled): string[] {
  const { fleet, namespace, what, lock, groups, added, applied, retired, kept, unlike, warnings } = controlled;
  const line = (label: string, text: string) => `  ${label.padEnd(9)} ${text}`;
  const some = (label: string, names: readonly string[], more = '') =>
    names.length === 0 ? [] : [line(label, `${listed(names)}${more}`)];
  const head = `fleet ${fleet} in namespace ${namespace}`;
  if (what === 'overtaken')
    return [`${head}: somebody else has written its lock meanwhile and applies it; nothing was written`];
  return [
    head,
    line('groups', `${number(groups)}${added.length === 0 ? ', none new' : `, new are ${listed(added)}`}`),
    line('lock', `${lock}, in ConfigMap ${fleet}-lock`),
    ...some('created', applied.created),
    ...some('changed', applied.changed),
    ...some('removed', applied.removed),
    ...(applied.created.length + applied.changed.length + applied.removed.length === 0
      ? [line('applied', 'nothing to do')]
      : []),
    ...some('retired', retired, ': suspended and let go of; delete them, or set removals to "retired"'),
    ...kept.map(({ name, because }) => line('kept', `${name}: ${because}`)),
    ...unlike.map(({ name, what }) => line('by hand', `${name} ${UNLIKE[what]}`)),
    ...warnings.map((warning) => line('warning', warning)),
  ];
}

const UNLIKE = {
  missing: 'is not there: apply it',
  different: 'is not as in the manifests: apply it',
  unseen: 'may not be looked at by this account',
};
