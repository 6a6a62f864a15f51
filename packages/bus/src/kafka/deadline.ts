import { Outage } from '@herald/contracts';

/** The call's result, or an `Outage` after so many milliseconds; what becomes of the call then is nobody's concern. */
export async function within<T>(ms: number, call: Promise<T>, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Outage('unavailable', message)), Math.max(0, ms));
  call.catch(() => undefined);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
