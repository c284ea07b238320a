// The public face: what fleet.config.ts, main.ts and cdk8s apps of one's own import.

export { FleetChart } from './charts/fleet-chart';
export { optionsFromEnvironment } from './cli/environment';
export { summaryLines } from './cli/summary';
export { type BySizeOptions, bySize } from './config/by-size';
export { byColumn, byKeyRange, byQuery, defineFleets, demoStore } from './config/define';
export type * from './config/types';
export { type ErrorCode, explain, UserError } from './errors';
export type { FleetPlan, GroupPlan } from './plan/plan';
export { type RecordedOptions, recordedPlans } from './recorded';
export type { CountedGroup, FleetVerification } from './review/verify';
export { type FleetOutcome, type Outcome, type SynthOptions, synth } from './synth';
export { type VerifyOptions, verify } from './verify';
