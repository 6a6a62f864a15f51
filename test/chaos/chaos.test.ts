import { describe, expect, test } from '@jest/globals';
import { buildMongo } from '../../infra/local/build-mongo.ts';
import { kafkaLibs } from '../../infra/local/kafka-libs.ts';
import { notRun, own } from '../env/index.ts';
import { runChaos, type ChaosReport } from './chaos.ts';
import type { Mode } from './plan.ts';
import { countOf, describeReport } from './report.ts';

/** `script/chaos` in short: see docs/chaos.md. The seeds are ones whose faults are of many kinds within the time. */
const FOR_MS = 35_000;
const PER_SECOND = 25;
const PATIENCE_MS = 420_000;
/** Small beside what is accepted, and far more than any run had. */
const MOST_MB = 700;

async function runs(mode: Mode, seed: number): Promise<ChaosReport> {
  const report = await runChaos({ mode, seed, forMs: FOR_MS, perSecond: PER_SECOND, timeToLive: 45 });
  process.stdout.write(`${describeReport(report)}\n`);
  expect(report.findings).toEqual([]);
  expect(report.complaints).toEqual([]);
  expect(report.ok).toBe(true);
  // That nothing is wrong says something only where something was done.
  expect(report.accepted).toBeGreaterThan((FOR_MS / 1_000) * PER_SECOND * 0.8);
  expect(report.states['sent']).toBeGreaterThan(report.accepted / 2);
  expect(report.faults.length).toBeGreaterThan(4);
  expect(countOf(report, 'lost') + countOf(report, 'doubled') + countOf(report, 'late')).toBe(0);
  for (const { mostMb } of Object.values(report.memory)) expect(mostMb).toBeLessThan(MOST_MB);
  return report;
}

const servers = await own('kafka', () => Promise.all([kafkaLibs(), buildMongo()]));

describe('chaos', () => {
  test(
    'one process: callers, ledger and providers agree after kills, poison and a bad provider',
    () => runs('embedded', 6),
    PATIENCE_MS,
  );

  if (servers === undefined) notRun('chaos on Kafka and MongoDB');
  else {
    test('many processes: so they do when broker and database go, too', () => runs('distributed', 1), PATIENCE_MS);
  }
});
