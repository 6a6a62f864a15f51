import { z } from 'zod';
import { json, operation } from '../operation.ts';

const publicKeySchema = z
  .object({ publicKey: z.string().describe('A P-256 point of 65 bytes in base64url: the `applicationServerKey`.') })
  .meta({ id: 'PushPublicKey', description: 'What a browser needs in order to subscribe to pushes.' });

export const getPushPublicKey = operation({
  id: 'getPushPublicKey',
  method: 'get',
  path: '/v1/push/public-key',
  tag: 'Surfaces',
  summary: 'The key for which browsers subscribe to pushes',
  description: 'It goes into `pushManager.subscribe({ applicationServerKey, … })`.',
  access: 'read',
  answers: { 200: json('The key.', publicKeySchema) },
  problems: ['not-found'],
});
