// Objects as the API server sends them: times are text.

import type { V1ConfigMap, V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';

type Raw<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Raw<T[K]> } : T;

export type RawCronJob = Raw<V1CronJob>;
export type RawJob = Raw<V1Job>;
export type RawPod = Raw<V1Pod>;
export type RawConfigMap = Raw<V1ConfigMap>;
