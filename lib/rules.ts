// The story of `cronfleet rules`: what is recorded, as alerts.

import { UserError } from './errors';
import { type AlertRuleGroup, alertRules } from './plan/alert-rules';
import { type RecordedOptions, recordedPlans } from './recorded';

/**
 * The alerts of each fleet that has CronJobs, from config and lock alone; whether the config asks for them or not.
 * @throws UserError `config-invalid` (no such fleet, or none with CronJobs), and those of {@link recordedPlans}
 */
export async function rules(options: RecordedOptions): Promise<AlertRuleGroup[]> {
  const plans = await recordedPlans(options);
  const groups = plans.map(alertRules).filter((group) => group !== undefined);
  if (groups.length > 0) return groups;
  const who = plans.map(({ name }) => name).join(', ');
  throw new UserError('config-invalid', `${who}: expected a fleet with CronJobs, got none: nothing is scheduled`, {
    hint: 'alerts are about CronJobs, and a fleet that runs once has none',
  });
}
