import { z } from 'zod';

/** Any JSON value with finite numbers. One instance, so that a description can name it and refer to it from within. */
export const jsonSchema = z.json().register(z.globalRegistry, { id: 'Json', description: 'Any JSON value.' });

/** Attribute values: JSON, in names or paths as in XDM (`person.name.firstName`). */
export const attributesSchema = z.record(z.string().max(200), jsonSchema);
