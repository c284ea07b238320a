// The cdk8s app. `npx cdk8s synth` runs it; `npm run synth` is the same function without the cdk8s CLI's start-up.
// What runs is said in fleet.config.ts; how it becomes CronJobs, in lib/synth.ts.

import { explain, optionsFromEnvironment, summaryLines, synth } from './lib';

try {
  const outcome = await synth(optionsFromEnvironment(process.env));
  // The cdk8s CLI keeps stdout to itself.
  process.stderr.write(`${summaryLines(outcome).join('\n')}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
