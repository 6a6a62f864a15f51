import type { Api } from './api.ts';

const TITLE = 'Password reset';
const SURFACE = 'demo';

const HTML = `<!doctype html>
<html>
  <body style="font-family: sans-serif">
    <p>Hello{{#if profile.person.name.firstName}} {{profile.person.name.firstName}}{{/if}},</p>
    <p>somebody asked for a new password for your account. If it was you:</p>
    <p><a href="{{context.resetUrl}}">Choose a new password</a></p>
    <p>The link works for five minutes.</p>
  </body>
</html>`;

interface Named {
  readonly id: string;
  readonly name?: string;
  readonly title?: string;
  readonly state?: string;
}

/** The demo's campaign, live: made through the public API on the first start, found again on later ones. */
export async function ensureCampaign(api: Api): Promise<{ id: string; made: boolean }> {
  const campaigns = await list(api, '/v1/campaigns');
  const there = campaigns.find((campaign) => campaign.title === TITLE && campaign.state === 'live');
  if (there !== undefined) return { id: there.id, made: false };

  const surfaces = await list(api, '/v1/surfaces');
  const surface = surfaces.find(({ name }) => name === SURFACE) ?? (await create(api, '/v1/surfaces', surfaceInput));
  const campaign = await create(api, '/v1/campaigns', {
    title: TITLE,
    description: 'A link made elsewhere, in a message that a person is waiting for.',
    channel: 'email',
    category: 'transactional',
    surfaceId: surface.id,
    namespace: 'email',
    createProfiles: true,
    timeToLive: 300,
    content: { subject: 'Reset your password', html: HTML },
  });
  await api.call('POST', `/v1/campaigns/${campaign.id}/activate`);
  return { id: campaign.id, made: true };
}

const surfaceInput = {
  name: SURFACE,
  channel: 'email',
  sender: { name: 'Herald demo', address: 'no-reply@demo.example' },
};

async function list(api: Api, path: string): Promise<readonly Named[]> {
  const { body } = await api.call('GET', `${path}?limit=100`);
  return body['items'] as unknown as readonly Named[];
}

async function create(api: Api, path: string, input: object): Promise<Named> {
  return (await api.call('POST', path, input)).body as unknown as Named;
}

/**
 * The cURL command that the campaign generated, with a recipient and a value in place of its placeholders: exactly what
 * a person would do after pasting it.
 */
export async function filledCurl(api: Api, campaignId: string, recipient: string, resetUrl: string): Promise<string> {
  const { body } = await api.call('GET', `/v1/campaigns/${campaignId}/curl`);
  const { curl, body: call } = body as unknown as {
    curl: string;
    body: { recipients: { userId: string; context: { resetUrl: string } }[] };
  };
  const example = call.recipients[0];
  if (example === undefined) throw new Error('the generated call has no recipient');
  return [
    [example.userId, recipient],
    [example.context.resetUrl, resetUrl],
  ].reduce(
    (text, [placeholder, value]) => text.replace(quoted(placeholder as string), () => quoted(value as string)),
    curl,
  );
}

/** A JSON string as it stands inside a single-quoted shell word. */
const quoted = (value: string): string => JSON.stringify(value).replaceAll("'", `'\\''`);
