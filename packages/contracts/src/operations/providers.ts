import { z } from 'zod';
import { json, operation } from '../operation.ts';
import { providerViewSchema } from '../provider.ts';

const listSchema = z
  .object({ items: z.array(providerViewSchema) })
  .meta({ id: 'ProviderList', description: 'All providers.' });

export const listProviders = operation({
  id: 'listProviders',
  method: 'get',
  path: '/v1/providers',
  tag: 'Surfaces',
  summary: 'The providers that surfaces can name',
  description:
    'As the process that answers is configured: give it the settings of the senders. Without secrets, and without the addresses of servers.',
  access: 'read',
  answers: { 200: json('All of them.', listSchema) },
});
