// What the environment says about a run. The command line's flags say the same and come first.

import { DEFAULT_CONFIG_FILE } from '../config/load';
import { UserError } from '../errors';
import type { SynthOptions } from '../synth';

/** Options of a synth as the environment of `cdk8s synth` gives them. */
export function optionsFromEnvironment(env: Readonly<Record<string, string | undefined>>): SynthOptions {
  return {
    config: env.FLEET_CONFIG || DEFAULT_CONFIG_FILE,
    frozen: flag('FLEET_FROZEN', env.FLEET_FROZEN),
    newGroups: words(env.FLEET_ALLOW_NEW_GROUPS),
    removals: words(env.FLEET_ALLOW_REMOVALS),
    empty: words(env.FLEET_ALLOW_EMPTY),
    adoptStore: words(env.FLEET_ADOPT_STORE),
    newLock: words(env.FLEET_NEW_LOCK),
    cdk8sOutput: env.CDK8S_OUTDIR || undefined,
    now: new Date(),
  };
}

/** Comma-separated words. */
export function words(text: string | undefined): Set<string> {
  return new Set(
    (text ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  );
}

function flag(name: string, value: string | undefined): boolean {
  if (value === undefined || ['', '0', 'false'].includes(value)) return false;
  if (['1', 'true'].includes(value)) return true;
  throw new UserError('config-invalid', `${name}: expected 1 or 0, got ${JSON.stringify(value)}`, {
    hint: 'leave it out to ask the store',
  });
}
