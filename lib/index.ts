// The public face: what fleet.config.ts and main.ts import.

export { optionsFromEnvironment } from './cli/environment';
export { summaryLines } from './cli/summary';
export { byKeyRange, byQuery, defineFleets, demoStore } from './config/define';
export type * from './config/types';
export { type ErrorCode, explain, UserError } from './errors';
export { type FleetOutcome, type Outcome, type SynthOptions, synth } from './synth';
