// What a night is reckoned with: the control plane's defaults, each with its source, and what only a team knows.

export interface Settings {
  /** Length of the window, in minutes. */
  window: number;
  /** What a group takes, in minutes; each takes up to a fifth more or less. */
  minutes: number;
  /** Pods that fit at once. */
  slots: number;
  /** The share of pods that fail. */
  failures: number;
  retries: number;
  /** Of all chance. */
  seed: number;
  /** Calls a second of each controller's client, and how many at once. */
  qps: number;
  burst: number;
  cronJobWorkers: number;
  jobWorkers: number;
  schedulerQps: number;
  schedulerBurst: number;
  kueueQps: number;
  kueueBurst: number;
  /** Seconds until the API server has answered. */
  latency: number;
  /** Seconds from a pod's node being chosen until its container runs. */
  podStart: number;
}

export const DEFAULTS: Settings = {
  window: 5 * 60,
  minutes: 2,
  slots: 1_000,
  failures: 0.01,
  // As the config's `retries`.
  retries: 3,
  seed: 1,
  // --kube-api-qps and --kube-api-burst. Each controller has a client of its own (ClientOrDie in cmd/kube-controller-manager/app/batch.go),
  // and each client a bucket of its own (NewForConfig in client-go's kubernetes/clientset.go).
  // https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
  qps: 20,
  burst: 30,
  // --concurrent-cron-job-syncs and --concurrent-job-syncs, on the same page.
  cronJobWorkers: 5,
  jobWorkers: 5,
  // clientConnection of kube-scheduler: pkg/scheduler/apis/config/v1/defaults.go
  schedulerQps: 50,
  schedulerBurst: 100,
  // DefaultClientConnectionQPS and -Burst: kueue, apis/config/v1beta1/defaults.go
  kueueQps: 20,
  kueueBurst: 30,
  // Assumed: a write to etcd on fast disks, and an image that the node has already.
  latency: 0.005,
  podStart: 2,
};

/** After a CronJob's minute, how long its controller waits for it. `nextScheduleDelta` in pkg/controller/cronjob/cronjob_controllerv2.go */
export const REQUEUE_PAD = 0.1;
/** How long the Job controller gathers what pods report. `SyncJobBatchPeriod` in pkg/controller/job/job_controller.go */
export const BATCH = 1;
/** Pods that one look at a Job creates or counts at most. `MaxPodCreateDeletePerSync` and `MaxUncountedPods`, ibid. */
export const MOST_PODS_A_SYNC = 500;
/** Events about one object that are sent before the rest is dropped. `defaultSpamBurst` in client-go's tools/record/events_cache.go */
export const MOST_EVENTS_OF_ONE = 25;
/** Pods that have ended and are kept; the oldest go. --terminated-pod-gc-threshold of kube-controller-manager */
export const MOST_ENDED_PODS = 12_500;
