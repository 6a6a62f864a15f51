import { newExecutionId } from '@herald/contracts';

/** Every id of an execution, and of what belongs to it, that was made before a time: a UUIDv7 begins with its own. */
export function idsBefore(time: number): { readonly from: string; readonly to: string } {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0');
  return { from: newExecutionId(''), to: newExecutionId(`${hex.slice(0, 8)}-${hex.slice(8)}`) };
}
