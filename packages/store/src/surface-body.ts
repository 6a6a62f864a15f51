import type { Surface } from '@herald/contracts';
import { fromJson } from './json.ts';

/** A surface as it is stored. Those of earlier releases name one `provider`, which is a list of one now. */
export function toSurface(body: string): Surface {
  const { provider, ...surface } = fromJson<Surface & { readonly provider?: string }>(body);
  return provider === undefined ? surface : { ...surface, providers: [provider] };
}
