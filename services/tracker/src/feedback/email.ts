import { readReport, type ReturnPaths } from '@herald/channels/feedback';
import type { FeedbackTaken, Tenant } from '@herald/contracts';
import type { Intake, Teller } from './intake.ts';

/** Takes a mail server's report about an email, as it came. Throws `Outage`. */
export type TakeReport = (
  bytes: Uint8Array,
  from: {
    /** Whose messages it may be about. Absent: it is about that one whose signed return path is in it, or no other. */
    readonly tenant?: Tenant;
    /** Where it was sent to, if that is known better than from what it says. */
    readonly recipients?: readonly string[];
  },
) => Promise<FeedbackTaken>;

export function createReportTaker(intake: Intake, returnPaths: ReturnPaths | undefined): TakeReport {
  return async (bytes, { tenant, recipients = [] }) => {
    const teller: Teller = {
      way: tenant === undefined ? 'listener' : 'dsn',
      channel: 'email',
      ...(tenant && { tenant }),
    };
    const said = readReport(bytes);
    if (said === undefined) {
      intake.drop(teller, 'not-evidence');
      return { taken: 0, dropped: 1 };
    }
    const signed = [...recipients, ...said.returnPaths].map((address) => returnPaths?.read(address));
    // Anybody can write a Message-ID: it counts from those who may speak for a sandbox, about that sandbox.
    const [messageId] = [...signed, ...(tenant === undefined ? [] : said.messageIds)].filter((id) => id !== undefined);
    if (messageId === undefined) {
      intake.drop(teller, 'unknown');
      return { taken: 0, dropped: 1 };
    }
    return intake.take(teller, [{ report: said.report, messageId }]);
  };
}
