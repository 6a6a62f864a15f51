import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/** Jest does not use Node's type stripping by itself. Stripping keeps every line and column, so no source map is needed. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, path) => createHash('sha256').update(process.version).update(path).update(source).digest('hex'),
};
