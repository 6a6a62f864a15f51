import type { Api } from './api.ts';
import type { SampleRecipient, Scenario } from './scenarios.ts';

interface Named {
  readonly id: string;
  readonly name?: string;
  readonly title?: string;
  readonly state?: string;
}

/** A scenario's campaign, live: made through the public API on the first start, found again on later ones. */
export async function ensureCampaign(api: Api, { channel, surface, campaign }: Scenario): Promise<string> {
  const there = (await list(api, '/v1/campaigns')).find(
    ({ title, state }) => title === campaign.title && state === 'live',
  );
  if (there !== undefined) return there.id;
  const surfaces = await list(api, '/v1/surfaces');
  const { id: surfaceId } =
    surfaces.find(({ name }) => name === surface.name) ?? (await create(api, '/v1/surfaces', surface));
  const { id } = await create(api, '/v1/campaigns', { ...campaign, channel, surfaceId });
  await api.call('POST', `/v1/campaigns/${id}/activate`);
  return id;
}

async function list(api: Api, path: string): Promise<readonly Named[]> {
  const { body } = await api.call('GET', `${path}?limit=100`);
  return body['items'] as unknown as readonly Named[];
}

async function create(api: Api, path: string, input: object): Promise<Named> {
  return (await api.call('POST', path, input)).body as unknown as Named;
}

/**
 * The cURL command that the campaign generated, with values in place of its placeholders: exactly what a person would do
 * after pasting it.
 */
export async function filledCurl(api: Api, campaignId: string, { values }: Scenario, token: string): Promise<string> {
  const { body } = await api.call('GET', `/v1/campaigns/${campaignId}/curl`);
  const { curl, body: call } = body as unknown as { curl: string; body: { recipients: SampleRecipient[] } };
  const [sample] = call.recipients;
  if (sample === undefined) throw new Error('the generated call has no recipient');
  return values(sample, token).reduce((text, [placeholder, value]) => {
    if (placeholder === undefined) throw new Error('a placeholder is missing in the generated call');
    return text.replace(quoted(placeholder), () => quoted(value));
  }, curl);
}

/** A JSON string as it stands inside a single-quoted shell word. */
const quoted = (value: string): string => JSON.stringify(value).replaceAll("'", `'\\''`);
