export * from './address.ts';
export * from './audit.ts';
export * from './bulk.ts';
export * from './campaign.ts';
export * from './campaign-time.ts';
export * from './codec.ts';
export * from './content.ts';
export * from './conservation.ts';
export * from './content-item.ts';
export * from './dead-letter.ts';
export * from './destination.ts';
export * from './envelope.ts';
export * from './events.ts';
export * from './execution.ts';
export * from './feedback.ts';
export * from './fixture.ts';
export * from './identity.ts';
export * from './import.ts';
export * from './inbox.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './key.ts';
export * from './limits.ts';
export * from './notice.ts';
export {
  LINES,
  problemsOf,
  TAGS,
  type AnswerHeader,
  type Method,
  type Operation,
  type OperationAnswer,
  type Tag,
} from './operation.ts';
export type { AjoFragmentInput, AjoTemplateInput } from './operations/ajo-content.ts';
export type { AjoChannelsData, AjoPreview, AjoProofJob, AjoProofRequest } from './operations/ajo-simulations.ts';
export type { AjoSuppression } from './operations/ajo-suppressions.ts';
export { API } from './operations/index.ts';
export * from './outage.ts';
export * from './paging.ts';
export * from './preview.ts';
export * from './problems.ts';
export * from './profile-addresses.ts';
export * from './profile.ts';
export * from './proof.ts';
export * from './provider.ts';
export * from './recipient.ts';
export * from './replay.ts';
export * from './retry.ts';
export * from './review.ts';
export * from './runtime.ts';
export * from './shown-as.ts';
export * from './suppression.ts';
export * from './surface.ts';
export * from './topics.ts';
export * from './webhook-task.ts';
export * from './webhook.ts';
export * from './words.ts';
