import { isSignedByTwilio, readTwilioStatus, twilioCallback } from '@herald/channels/feedback';
import { API, feedbackItemsSchema } from '@herald/contracts';
import {
  configuredOf,
  createApi,
  invalid,
  noContent,
  parseJson,
  parseWith,
  refuse,
  reply,
  type Api,
  type ServiceDeps,
} from '@herald/service-kit';
import type { TakeReport } from './email.ts';
import type { Intake } from './intake.ts';
import { readItems } from './provider.ts';
import { isSigned } from './signature.ts';

/** Where providers and mail servers say what became of messages. What is answered with 2xx is durable, or no evidence. */
export function createFeedbackApi(deps: ServiceDeps, intake: Intake, takeReport: TakeReport): Api {
  const { config, runtime, pipeline } = deps;
  const accounts = configuredOf(config, 'twilio');
  const api = createApi(deps.authenticated);

  api.handle(API.reportEmail, async ({ body, caller: { org, sandbox } }) =>
    reply(202, await takeReport(body, { tenant: { org, sandbox } })),
  );

  api.receive(API.reportSms, async ({ request, query: { message: messageId }, body }) => {
    const { publicUrl } = config;
    if (publicUrl === undefined || accounts.length === 0) {
      return refuse('not-found', { detail: 'there is no account at Twilio, or no HERALD_PUBLIC_URL' });
    }
    const form = Object.fromEntries(new URLSearchParams(body.toString()));
    const signature = request.header('x-twilio-signature') ?? '';
    const url = twilioCallback(publicUrl)(messageId);
    const account = accounts.find(({ authToken }) => isSignedByTwilio(authToken, signature, url, form));
    if (account === undefined) {
      intake.drop({ way: 'twilio' }, 'refused');
      return refuse('signature-invalid');
    }
    const teller = { way: 'twilio', provider: account.name, channel: 'sms' } as const;
    const report = readTwilioStatus(form);
    if (report === undefined) intake.drop(teller, 'not-evidence');
    else await intake.take(teller, [{ report, messageId }]);
    return noContent;
  });

  api.receive(API.reportAny, async ({ request, params: { provider }, body }) => {
    const keys = (config.feedbackSecrets ?? []).flatMap(({ name, key }) => (name === provider ? [key] : []));
    // One answer for both: whoever asks does not learn which providers there are.
    if (!isSigned(keys, request.headers, body, runtime.clock.now())) {
      intake.drop({ way: keys.length === 0 ? 'unconfigured' : provider }, 'refused');
      return refuse('signature-invalid');
    }
    const read = parseJson(body);
    if ('wrong' in read) return refuse('invalid-body', { detail: read.wrong, context: { field: 'body' } });
    const items = parseWith(feedbackItemsSchema, Array.isArray(read.value) ? read.value : [read.value]);
    if (!items.ok) return invalid(items);
    const told = await readItems(pipeline.store, provider, items.value);
    const known = told.filter((one) => one !== undefined);
    const teller = { way: provider, provider };
    const { taken, dropped } = await intake.take(teller, known);
    intake.drop(teller, 'unknown', told.length - known.length);
    return reply(202, { taken, dropped: dropped + told.length - known.length });
  });

  return api;
}
