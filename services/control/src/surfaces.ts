import { API, type Surface, type SurfaceInput } from '@herald/contracts';
import { refuse, type ApiBuilder, type Refusal } from '@herald/service-kit';
import { channelOfProvider } from './providers.ts';
import { audited, changedFields } from './audit.ts';
import { filtered } from './filtered.ts';
import { retryProblem } from './retry.ts';
import { changed, created, missing, paged, pageOf, revised, stale, tenantOf, type ControlDeps } from './rest.ts';

export function routeSurfaces(api: ApiBuilder, deps: ControlDeps): void {
  const { store, runtime, config, providers } = deps;
  const now = (): string => new Date(runtime.clock.now()).toISOString();

  /** A provider that is known to be another channel's can never send; one that is not known yet may be configured. */
  function misplaced({ channel, providers: names }: SurfaceInput): Refusal<'invalid-body'> | undefined {
    const at = names.findIndex((name) => (channelOfProvider(name, providers) ?? channel) !== channel);
    if (at === -1) return undefined;
    const field = `providers[${at}]`;
    return refuse('invalid-body', { detail: `${field} names a provider for another channel`, context: { field } });
  }

  api.handle(API.createSurface, async (call) => {
    const wrong = misplaced(call.body) ?? retryProblem(call.body, deps.pipeline.settings.ladderMs);
    if (wrong !== undefined) return wrong;
    const at = now();
    const surface: Surface = { ...call.body, id: runtime.newId(), revision: 1, createdAt: at, modifiedAt: at };
    const fields = Object.keys(call.body).toSorted();
    const change = { action: 'create', objectType: 'surface', objectId: surface.id, fields } as const;
    await audited(deps, call, change).surfaces.insert(tenantOf(call), surface);
    return created(config, `/v1/surfaces/${surface.id}`, surface);
  });

  api.handle(API.listSurfaces, (call) => {
    const { channel, status } = call.query;
    const asked = (surface: Surface): boolean =>
      (channel ?? surface.channel) === surface.channel && (status ?? surface.status) === surface.status;
    return paged(() =>
      filtered(
        (page) => store.surfaces.list(tenantOf(call), page),
        pageOf(call.query),
        async (surface) => (asked(surface) ? surface : undefined),
      ),
    );
  });

  api.handle(API.getSurface, async (call) => {
    const surface = await store.surfaces.get(tenantOf(call), call.params.id);
    return surface === undefined ? missing('surface') : revised(surface);
  });

  api.handle(API.replaceSurface, async (call) => {
    const tenant = tenantOf(call);
    const current = await store.surfaces.get(tenant, call.params.id);
    if (current === undefined) return missing('surface');
    const outdated = stale(call, current);
    if (outdated !== undefined) return outdated;
    if (call.body.channel !== current.channel) {
      const detail = 'channel stays what it was: campaigns rely on it';
      return refuse('invalid-body', { detail, context: { field: 'channel' } });
    }
    const wrong = misplaced(call.body) ?? retryProblem(call.body, deps.pipeline.settings.ladderMs);
    if (wrong !== undefined) return wrong;
    const { id, revision, createdAt } = current;
    const next = { ...call.body, id, revision: revision + 1, createdAt, modifiedAt: now() };
    const fields = changedFields(current, next).filter((name) => name !== 'revision' && name !== 'modifiedAt');
    const change = { action: 'replace', objectType: 'surface', objectId: id, fields } as const;
    const written = await audited(deps, call, change).surfaces.replace(tenant, next);
    if (written.kind === 'written') return revised(written.value);
    return written.kind === 'missing' ? missing('surface') : changed();
  });
}
