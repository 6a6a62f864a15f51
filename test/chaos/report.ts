import type { ChaosReport } from './chaos.ts';
import type { Finding, Wrong } from './reconcile.ts';

const SHOWN = 20;
const WRONGS: readonly Wrong[] = [
  'lost',
  'doubled',
  'late',
  'contradicted',
  'unexplained',
  'refused',
  'answer-changed',
];

export const countOf = ({ findings }: Pick<ChaosReport, 'findings'>, wrong: Wrong): number =>
  findings.filter((finding) => finding.wrong === wrong).length;

/** For people: what was done, what came of it, and each message about which the sources disagree. */
export function describeReport(report: ChaosReport): string {
  const { mode, seed, seconds, calls, accepted, received, faults, memory, inside, complaints, settledAfterMs, audit } =
    report;
  const lines = [
    '',
    `${mode}, seed ${seed}, ${seconds} s: ${report.ok ? 'every promise held' : 'NOT RIGHT'}`,
    `  callers   ${calls} calls, ${report.unanswered} given up; answers: ${listOf(report.answers)}`,
    `  ledger    ${accepted} accepted = ${listOf(report.states)}`,
    `            ${listOf(report.reasons)}`,
    `  providers ${received} messages taken`,
    `  audit     ${audit.accepted} accepted, ${audit.inFlight} in flight, ${audit.withoutEnding} without an ending, ${audit.unbalanced} unbalanced; ${audit.poisoned} of ${report.poison} records of poison are dead letters`,
    `  ${WRONGS.map((wrong) => `${wrong} ${countOf(report, wrong)}`).join(', ')}`,
    `  doubled inside the window ${inside.length}`,
    ...some(
      inside
        .slice(0, SHOWN)
        .map(({ messageId, times, because }) => `${messageId} ${times} times: ${because.join('; ')}`),
      inside.length,
    ),
    `  settled ${sec(settledAfterMs)} after the last call`,
    `  faults ${faults.length}: lasted; delivered again on every channel; lag gone`,
    ...faults.map(
      ({ name, began, ended, deliversAfterMs, lagGoneAfterMs }) =>
        `    ${name.padEnd(28)} ${sec(ended - began).padStart(7)} ${sec(deliversAfterMs).padStart(9)} ${sec(lagGoneAfterMs).padStart(9)}`,
    ),
    '  memory (MB, resident): after the first quarter, in the last one, at most',
    ...Object.entries(memory).map(
      ([name, { firstMb, lastMb, mostMb }]) => `    ${name.padEnd(28)} ${firstMb} ${lastMb} ${mostMb}`,
    ),
    ...complaints.map((complaint) => `  ! ${complaint}`),
    ...report.findings.slice(0, SHOWN).flatMap(describeFinding),
    ...(report.findings.length > SHOWN ? [`  and ${report.findings.length - SHOWN} more, see --json`] : []),
  ];
  return lines.join('\n');
}

const describeFinding = ({ wrong, messageId, why, told, ledger, received }: Finding): string[] => [
  `  ${wrong.toUpperCase()} ${messageId}: ${why}`,
  `    callers were told: ${told}`,
  `    the ledger says:   ${ledger}`,
  `    the provider has:  ${received}`,
];

const some = (shown: readonly string[], all: number): string[] => [
  ...shown.map((line) => `    ${line}`),
  ...(all > shown.length ? [`    and ${all - shown.length} more`] : []),
];

const sec = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`);

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
