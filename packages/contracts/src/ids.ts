/** An execution's id: time-ordered, so that what is inserted lies at the end of every index. */
export const newExecutionId = (uuid: string): string => `HUMA-${uuid}`;

/**
 * A message's id follows from its execution and the recipient's place among those who were accepted: published twice, it
 * is the same message.
 */
export const messageIdOf = (executionId: string, recipientIndex: number): string => `${executionId}.${recipientIndex}`;

/** The execution of a message. */
export const executionIdOf = (messageId: string): string => messageId.slice(0, Math.max(0, messageId.lastIndexOf('.')));

/** The recipient's place in the call; NaN where the id is not a message's. */
export const recipientIndexOf = (messageId: string): number =>
  /\.\d{1,4}$/.test(messageId) ? Number(messageId.slice(messageId.lastIndexOf('.') + 1)) : Number.NaN;
