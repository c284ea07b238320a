// `cronfleet delivery`: writes what syncs dist, checks it, or says whether it is time to push.

import type { Command } from 'commander';
import { deliver, whyNotPush } from '../delivery';
import { UserError } from '../errors';
import { optionsFromEnvironment } from './environment';
import { pushRefusal } from './push-refusal';

interface DeliveryFlags {
  config?: string;
  check?: true;
  mayPush?: true;
}

/** Adds the command to the program. */
export function addDelivery(program: Command): Command {
  return program
    .command('delivery')
    .description('write the objects by which Argo CD or Flux syncs dist, from the config alone')
    .option('--config <file>', 'config file (default: fleet.config.ts)')
    .option('--check', 'write nothing; end with 1 when the folder is not up to date')
    .option('--may-push', 'write nothing; end with 1 from 30 minutes before a window opens until it closes')
    .action(async (flags: DeliveryFlags) => {
      const { config, now } = optionsFromEnvironment(process.env);
      const file = flags.config ?? config;
      if (flags.check && flags.mayPush)
        throw new UserError('config-invalid', 'expected --check or --may-push, got both', {
          hint: 'ask one after the other',
        });
      if (flags.mayPush) {
        const brake = await whyNotPush(file, now);
        if (brake) throw pushRefusal(brake);
        process.stderr.write('no window is open or about to open: push\n');
        return;
      }
      const { folder, files, filesChanged } = await deliver({ config: file, check: flags.check ?? false });
      const what = filesChanged === 0 ? 'up to date' : `${filesChanged} changed`;
      process.stderr.write(`${folder}: ${files} files, ${what}\n`);
    });
}
