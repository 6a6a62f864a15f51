import { readFileSync, writeFileSync } from 'node:fs';
import { describeConfig } from './config.ts';
import { describeErrors } from './describe-errors.ts';
import { withProviders } from './describe-providers.ts';

/** Writes the documents that are made from the code. */
const docs = new URL('../../../docs/', import.meta.url);
const delivery = new URL('delivery.md', docs);
writeFileSync(new URL('configuration.md', docs), describeConfig());
writeFileSync(new URL('errors.md', docs), describeErrors());
writeFileSync(delivery, withProviders(readFileSync(delivery, 'utf8')));
