import { z } from 'zod';
import { readProviders, type FileProvider } from './file.ts';

interface Given {
  readonly path: string;
  /** Where its secrets may be. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A file with providers; the value is what it says, with the secrets that it names. */
export const providersFile = (): z.ZodType<readonly FileProvider[], Given> =>
  z.custom<Given>().transform(({ path, env }, context) => {
    const read = readProviders(path, env);
    if (read.ok) return read.providers;
    context.addIssue({ code: 'custom', message: read.message });
    return z.NEVER;
  });
