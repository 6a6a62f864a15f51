import { describe, expect, test } from '@jest/globals';
import type { Campaign, CampaignValidation, Surface } from '@herald/contracts';
import { act, campaignInput, newCampaign, newSurface, patch, surfaceInput, useControl } from './fixture.ts';

/** The ladder of the suite's server has one rung, of a minute. */
const RUNG = 60_000;
const control = useControl();
const refusedAt = (field: string) => ({
  status: 400,
  body: { detail: expect.stringContaining('must be a rung'), report: { additionalContext: { field } } },
});

describe('a retry policy', () => {
  test('is kept by a campaign and by a surface, and taken away with null', async () => {
    const { client } = control;
    const surface = await newSurface(client, { retryMs: [RUNG] });
    expect(surface.retryMs).toEqual([RUNG]);
    const campaign = await newCampaign(client, { retryMs: [RUNG, RUNG] });
    expect(campaign.retryMs).toEqual([RUNG, RUNG]);
    const { body } = await patch(client, campaign, { retryMs: null });
    expect(body.retryMs).toBeUndefined();
    expect((await patch(client, body, { retryMs: [] })).body.retryMs).toEqual([]);
  });

  test('with another wait than the ladder has is refused, and the field is named', async () => {
    const { client } = control;
    const { id } = await newSurface(client);
    const wrong = { retryMs: [RUNG, 7] };
    expect(await client.call('POST', '/v1/surfaces', { ...surfaceInput, ...wrong })).toMatchObject(
      refusedAt('retryMs[1]'),
    );
    expect(
      await client.call('PUT', `/v1/surfaces/${id}`, { ...surfaceInput, ...wrong }, { 'if-match': '"1"' }),
    ).toMatchObject(refusedAt('retryMs[1]'));
    expect(await client.call('POST', '/v1/campaigns', campaignInput(id, wrong))).toMatchObject(refusedAt('retryMs[1]'));
    expect(await patch(client, await newCampaign(client), wrong)).toMatchObject(refusedAt('retryMs[1]'));
  });

  test.each([[[0]], [[1.5]], ['60000'], [Array.from({ length: 21 }, () => RUNG)]])(
    'that is none is refused: %j',
    async (retryMs) => {
      const { client } = control;
      const { id } = await newSurface(client);
      expect((await client.call('POST', '/v1/campaigns', campaignInput(id, { retryMs }))).status).toBe(400);
    },
  );

  test('that cannot be done within the time to live is a warning, whoever has it; activation goes on', async () => {
    const { client } = control;
    const surface = await client.call<Surface>('POST', '/v1/surfaces', { ...surfaceInput, retryMs: [RUNG, RUNG] });
    const create = async (over: object): Promise<Campaign> =>
      (await client.call<Campaign>('POST', '/v1/campaigns', campaignInput(surface.body.id, over))).body;
    const warned = async (over: object): Promise<string[]> => {
      const campaign = await create(over);
      const { issues } = (await client.call<CampaignValidation>('GET', `/v1/campaigns/${campaign.id}/validation`)).body;
      expect((await act(client, campaign.id, 'activate')).status).toBe(200);
      return issues
        .filter(({ message }) => /lives for/.test(message))
        .map(({ field, severity }) => `${severity} ${field}`);
    };
    expect(await warned({ timeToLive: 60, retryMs: [RUNG] })).toEqual(['warning retryMs']);
    expect(await warned({ timeToLive: 61, retryMs: [RUNG] })).toEqual([]);
    expect(await warned({ timeToLive: 120 })).toEqual(['warning surfaceId']);
    expect(await warned({ timeToLive: 121 })).toEqual([]);
  });
});
