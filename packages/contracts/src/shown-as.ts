import { z } from 'zod';

/**
 * What the API's description shows in place of a schema that JSON Schema cannot say: a number that comes as text, for
 * example. It must accept what the schema accepts, and no more.
 */
export const shownAs = z.registry<Readonly<Record<string, unknown>>>();
