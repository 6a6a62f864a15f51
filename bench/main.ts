import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { LAYOUTS, startInstallation, type Layout, type Measured } from './installation.ts';
import { addressOf, closedLoop, openLoop, PEOPLE, type LoadResult, type Target } from './load.ts';
import { perMessage, usageOf, type Usage } from './usage.ts';

/**
 * Herald under load: one email per call, the full ledger, fsync on, sink, load generator and servers on the same
 * machine. Every phase ends when what was accepted has arrived, and says so when something has not.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    mode: { type: 'string', default: 'embedded' },
    seconds: { type: 'string' },
    connections: { type: 'string', default: '64' },
    rate: { type: 'string', default: '500' },
    prof: { type: 'boolean', default: false },
  },
});
const SECONDS = Number(values.seconds ?? (values.quick ? 15 : 60));
/** `kafka` is both layouts of it, one after the other. */
const MODES: Readonly<Record<string, readonly Layout[]>> = {
  kafka: ['fused', 'split'],
  ...Object.fromEntries(LAYOUTS.map((layout) => [layout, [layout]])),
};
const WARM_UP_SECONDS = 8;
const DRAIN_MS = 60_000;

const HTML = `<!doctype html><html><body style="font-family:sans-serif">
<h1>Hello {{profile.person.name.firstName}}</h1>
<p>Somebody in {{context.city}} on {{context.device}} asked for a new password.</p>
<p><a href="{{context.resetUrl}}">Choose a new password</a></p>
<table><tr><td>Order</td><td>{{context.order.number}}</td></tr><tr><td>Total</td><td>{{context.order.total}} {{context.order.currency}}</td></tr></table>
${'<p style="color:#666;font-size:12px">You get this message because you have an account with us.</p>\n'.repeat(18)}</body></html>`;

interface Answer {
  id: string;
}

async function api(url: string, key: string, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function createCampaign(url: string, key: string): Promise<string> {
  const sender = { name: 'Bench', address: 'no-reply@bench.example' };
  const surface = await api(url, key, 'POST', '/v1/surfaces', { name: 'bench', channel: 'email', sender });
  const campaign = await api(url, key, 'POST', '/v1/campaigns', {
    title: 'Bench',
    channel: 'email',
    surfaceId: surface.id,
    createProfiles: true,
    content: { subject: 'Your new password', html: HTML },
  });
  await api(url, key, 'POST', `/v1/campaigns/${campaign.id}/activate`);
  return campaign.id;
}

/** Everybody is known before: a call to somebody new costs four more commands of the database. */
async function importPeople(url: string, key: string): Promise<void> {
  const lines = Array.from({ length: PEOPLE }, (_, person) =>
    JSON.stringify({
      identities: [{ namespace: 'email', value: addressOf(person) }],
      attributes: { person: { name: { firstName: 'Ada' } } },
    }),
  );
  const response = await fetch(`${url}/v1/profiles/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  const text = await response.text();
  if (!text.includes(`"written":${PEOPLE},`)) throw new Error(`the import wrote less: ${text.slice(-200)}`);
}

async function ask<T>(child: ChildProcess, question?: object): Promise<T> {
  const answer = once(child, 'message');
  if (question) child.send(question);
  return ((await answer) as [T])[0];
}

const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? 0;

interface Phase {
  readonly name: string;
  readonly run: () => Promise<LoadResult>;
}

/** Runs one phase and waits until every accepted message has arrived. */
async function measure({ name, run }: Phase, sink: ChildProcess, processes: readonly Measured[]): Promise<void> {
  const before = processes.map(({ pid }) => usageOf(pid));
  const start = Date.now();
  const load = await run();
  const arrivals = new Map<string, number>();
  let extra = 0;
  const give = Date.now() + DRAIN_MS;
  for (;;) {
    const { received } = await ask<{ received: [string, number][] }>(sink, { take: true });
    for (const [messageId, at] of received) {
      const executionId = messageId.slice(0, messageId.lastIndexOf('.'));
      if (arrivals.has(executionId)) extra += 1;
      else arrivals.set(executionId, at);
    }
    const missing = [...load.accepted.keys()].filter((id) => !arrivals.has(id)).length;
    if (missing === 0 || Date.now() > give) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const last = Math.max(start + 1, ...arrivals.values());
  const after = processes.map(({ pid }) => usageOf(pid));
  const latencies = [...load.accepted].flatMap(([id, sentAt]) => {
    const at = arrivals.get(id);
    return at === undefined ? [] : [at - sentAt];
  });
  latencies.sort((a, b) => a - b);
  const delivered = latencies.length;
  const lost = load.accepted.size - delivered;
  const refused = [...load.refused].map(([status, count]) => `${count} x ${status}`).join(', ') || 'none';
  console.log(
    [
      `\n${name}`,
      `  accepted          ${load.accepted.size} in ${load.seconds.toFixed(1)} s (${Math.round(load.accepted.size / load.seconds)}/s), refused ${refused}`,
      `  delivered         ${delivered} (${Math.round((delivered * 1_000) / (last - start))}/s to the last arrival)`,
      `  request to sink   p50 ${percentile(latencies, 50)} ms, p95 ${percentile(latencies, 95)} ms, p99 ${percentile(latencies, 99)} ms`,
      ...processes.map(({ name: process }, at) => {
        const [from, to] = [before[at], after[at]] as [Usage, Usage];
        return `  CPU per message   ${process}: ${perMessage(from, to, delivered)}, ${Math.round(to.residentMb)} MB resident`;
      }),
      `  conservation      ${lost === 0 ? 'every accepted message arrived' : `${lost} MISSING`}, ${extra === 0 ? 'none twice' : `${extra} TWICE`}`,
    ].join('\n'),
  );
  if (lost > 0 || extra > 0) process.exitCode = 1;
}

async function bench(layout: Layout): Promise<void> {
  const sink = fork(new URL('./sink.ts', import.meta.url));
  const { port } = await ask<{ port: number }>(sink);
  const herald = await startInstallation({
    layout,
    smtpUrl: `smtp://127.0.0.1:${port}`,
    ...(values.prof ? { profiles: 'bench/profiles' } : {}),
  });
  try {
    const { url, key, processes } = herald;
    const target: Target = { url, key, campaignId: await createCampaign(url, key) };
    await importPeople(url, key);
    console.log(
      `\nHerald ${layout}, Node ${process.version}, ${SECONDS} s per phase, ${values.connections} connections`,
    );
    const warmUp = await closedLoop(target, 64, WARM_UP_SECONDS);
    console.log(`(warm-up: ${warmUp.accepted.size} accepted)`);
    for (let idle = 0; idle < 5;) {
      const { received } = await ask<{ received: unknown[] }>(sink, { take: true });
      idle = received.length === 0 ? idle + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const rate = Number(values.rate);
    const phases: Phase[] = [
      { name: 'saturated (closed loop)', run: () => closedLoop(target, Number(values.connections), SECONDS) },
      { name: `steady ${rate}/s (open loop)`, run: () => openLoop(target, rate, SECONDS) },
    ];
    for (const phase of phases) await measure(phase, sink, processes);
  } finally {
    await herald.close();
    sink.disconnect();
  }
}

const layouts = MODES[values.mode];
if (layouts === undefined) {
  console.error(`--mode takes ${Object.keys(MODES).join(', ')}`);
  process.exit(64);
}
for (const layout of layouts) await bench(layout);
