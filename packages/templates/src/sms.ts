import type { SmsContent } from '@herald/contracts';
import { LimitError } from './budget.ts';
import type { Prepared } from './content.ts';
import { createFields, refused } from './fields.ts';
import { TEMPLATE_LIMITS } from './limits.ts';
import { compileText } from './part.ts';
import { cleanLines } from './print.ts';

export function prepareSms(content: SmsContent): Prepared<'sms'> {
  const fields = createFields();
  const part = fields.add('text', compileText(content.text, 'plain'));
  if (fields.issues.length > 0) return refused(fields.issues);
  return {
    ok: true,
    parts: fields.parts,
    render: (merge) => {
      const text = cleanLines(merge('text', part)).replaceAll('\t', ' ').trim().toWellFormed();
      if (text.length > TEMPLATE_LIMITS.sms) throw new LimitError('output-too-large');
      return { kind: 'sms', text };
    },
  };
}
