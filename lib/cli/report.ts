// `cronfleet report`: its flags, and the file it writes.

import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { compare } from '../compare';
import { loadConfig } from '../config/load';
import { refusePlace, writeReport } from '../dist/report-file';
import { optionsFromEnvironment } from './environment';
import { tellProgress } from './progress';
import { addSynthFlags, type SynthFlags, withFlags } from './synth-flags';

interface ReportFlags extends SynthFlags {
  against?: string;
  output: string;
}

/** Adds the command to the program. */
export function addReport(program: Command): Command {
  const command = program
    .command('report')
    .description('make a page of HTML: how full every group is, the night, what synth would change');
  return addSynthFlags(command)
    .option('--against <revision>', 'tell changes against this git revision (default: against lock and dist on disk)')
    .option('--output <file>', 'the file to write; - is stdout', 'report.html')
    .action(async (flags: ReportFlags) => {
      const { progress, end } = tellProgress(process.stderr);
      const options = { ...withFlags(optionsFromEnvironment(process.env), flags), against: flags.against, progress };
      // The charting library is large, and no other command needs it.
      const { REPORT_START, reportPage } = await import('./report-page');
      const path = flags.output === '-' ? undefined : resolve(flags.output);
      // The config runs once, however often it is loaded.
      const { distPath } = await loadConfig(options.config, { asksStore: !options.frozen });
      if (path !== undefined) refusePlace(path, REPORT_START, distPath);
      const page = reportPage(await compare(options).finally(end));
      if (path === undefined) {
        process.stdout.write(page);
        return;
      }
      writeReport(path, page, REPORT_START, distPath);
      process.stderr.write(`wrote ${relative(process.cwd(), path)}: open it in a browser\n`);
    });
}
