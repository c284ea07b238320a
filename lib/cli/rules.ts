// `cronfleet rules`: the alerts as a plain rules file, for a Prometheus without the operator.

import type { Command } from 'commander';
import { toYaml } from '../dist/yaml';
import { rules } from '../rules';
import { optionsFromEnvironment, words } from './environment';

interface RulesFlags {
  config?: string;
  fleet?: string;
}

/** Adds the command to the program. */
export function addRules(program: Command): Command {
  return program
    .command('rules')
    .description('print the alerts as a Prometheus rules file, from config and lock alone; writes nothing')
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--fleet <names>', 'only these fleets, separated by commas (default: all that have CronJobs)')
    .action(async (flags: RulesFlags) => {
      const options = optionsFromEnvironment(process.env);
      const groups = await rules({ ...options, config: flags.config ?? options.config, fleets: words(flags.fleet) });
      process.stdout.write(toYaml({ groups }));
    });
}
