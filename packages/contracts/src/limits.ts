/** Sizes are bytes unless the name says otherwise. */
export const LIMITS = {
  /** The body of one HTTP request. */
  requestBytes: 5 * 1024 * 1024,
  /** The JSON text of one recipient's `context`, and of its `profile`: together with a stored one they fit into a record. */
  contextBytes: 200_000,
  /** One record's value on a topic; a message that grows over it ends as `dead`/`too-large`. */
  envelopeBytes: 1024 * 1024,
  recipientsPerCall: 20,
  /** Calls in one request of the bulk endpoint. */
  executionsPerBulk: 1_000,
  /** One part of a campaign's content. */
  contentBytes: 500_000,
  /** How long a message may live at most, in seconds. */
  timeToLiveSeconds: 86_400,
  /** A saved test fixture, as the request that saves it. */
  fixtureBytes: 256_000,
  fixturesPerCampaign: 50,
  /** Addresses that one call sends proofs to. */
  proofsPerCall: 10,
  webhooksPerSandbox: 50,
  /** An email address (RFC 5321, 4.5.3.1). */
  addressLength: 254,
} as const;
