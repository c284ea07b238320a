// `cronfleet plan`: its flags, and the three forms in which it answers.

import { type Command, Option } from 'commander';
import { type Comparison, compare } from '../compare';
import type { FieldChange, ObjectChanges } from '../review/field-changes';
import { onlyAdds } from '../review/only-adds';
import { accessOptions, addClusterFlags, type ClusterFlags } from './cluster-flags';
import { optionsFromEnvironment } from './environment';
import { planMarkdown } from './plan-markdown';
import { planLines } from './plan-text';
import { tellProgress } from './progress';
import { addSynthFlags, type SynthFlags, withFlags } from './synth-flags';

interface PlanFlags extends SynthFlags, ClusterFlags {
  against?: string;
  lock?: string;
  markdown?: true;
  exitCode?: true;
}

/** Columns where there is no terminal to ask. */
const WIDTH = 80;
const CHANGES_PENDING = 2;

/** Adds the command to the program. */
export function addPlan(program: Command): Command {
  const command = program.command('plan').description('say what synth would change; writes nothing');
  return addClusterFlags(
    addSynthFlags(command)
      .option('--against <revision>', 'compare with lock and dist of this git revision (default: those on disk)')
      .addOption(
        new Option(
          '--lock <configmap/name>',
          'the lock of this ConfigMap in place of the file; of its one fleet',
        ).conflicts('against'),
      ),
  )
    .option('--json', 'print the changes as JSON')
    .option('--markdown', 'print them for a pull-request comment')
    .option('--exit-code', 'end with 2 when there are changes')
    .action(async (flags: PlanFlags) => {
      const { progress, end } = tellProgress(process.stderr);
      const clusterLock = flags.lock === undefined ? undefined : { where: flags.lock, access: accessOptions(flags) };
      const asked = withFlags(optionsFromEnvironment(process.env), flags);
      const options = { ...asked, against: flags.against, clusterLock, progress };
      const comparison = await compare(options).finally(end);
      process.stdout.write(`${printed(comparison, flags)}\n`);
      if (flags.exitCode && comparison.hasChanges) process.exitCode = CHANGES_PENDING;
    });
}

function printed(comparison: Comparison, flags: PlanFlags): string {
  if (flags.json) return JSON.stringify(planJson(comparison), null, 2);
  if (flags.markdown) return planMarkdown(comparison).trimEnd();
  const { isTTY = false, columns = WIDTH } = process.stdout;
  const colour = isTTY && !process.env.NO_COLOR;
  return planLines(comparison, { width: isTTY ? columns : WIDTH, colour }).join('\n');
}

/** For programs; docs/plan.md says what is in it. */
function planJson({ against, isFrozen, hasChanges, isOutgrown, warnings, fleets, strays }: Comparison): unknown {
  return {
    changes: hasChanges,
    against: against ?? null,
    frozen: isFrozen,
    outgrown: isOutgrown,
    onlyAdds: onlyAdds({ fleets, strays }),
    warnings,
    fleets: fleets.map(({ window: _, openUntil, shape, objects, ...fleet }) => ({
      ...fleet,
      shape: shape ?? null,
      openUntil: openUntil ?? null,
      objects: objectsJson(objects),
    })),
    strays: objectsJson(strays),
  };
}

function objectsJson({ fields, ...objects }: ObjectChanges): unknown {
  return { ...objects, fields: fields.map(fieldJson) };
}

/** Without `before` or `after` where the field is not there. */
function fieldJson({ before, after, ...field }: FieldChange): unknown {
  const value = (name: string, json: string | undefined) => (json === undefined ? {} : { [name]: JSON.parse(json) });
  return { ...field, ...value('before', before), ...value('after', after) };
}
