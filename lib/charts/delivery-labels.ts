// Labels of the objects that deliver: not of a fleet, and so without `cronfleet/fleet`.

import { MANAGED_BY } from './labels';

/** Names the delivery whose folder a file belongs to. */
export const DELIVERY = 'cronfleet/delivery';

export function deliveryLabels(name: string): Record<string, string> {
  return { 'app.kubernetes.io/name': name, ...MANAGED_BY, [DELIVERY]: name };
}
