import { z } from 'zod';
import { json, operation } from '../operation.ts';

export const createBackup = operation({
  id: 'createBackup',
  method: 'post',
  path: '/v1/backups',
  tag: 'Server',
  summary: 'Copy the embedded data, while everything runs',
  description:
    'Of the embedded mode. The copy is a folder on the server, with the database as it was at one moment and the keys that belong to it; `script/restore` puts it back.',
  access: 'keys',
  answers: {
    201: json(
      'The copy is made.',
      z.object({ folder: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'Backup' }),
    ),
  },
  problems: ['backup-underway'],
});
