import { writeFileSync } from 'node:fs';
import { describeConfig } from './config.ts';
import { describeErrors } from './describe-errors.ts';

/** Writes the documents that are made from the code. */
const docs = new URL('../../../docs/', import.meta.url);
writeFileSync(new URL('configuration.md', docs), describeConfig());
writeFileSync(new URL('errors.md', docs), describeErrors());
