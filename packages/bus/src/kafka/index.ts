export { createKafkaBus, type KafkaBusOptions } from './bus.ts';
export type { KafkaLogLine, KafkaMetric, KafkaObserver } from './observer.ts';
export { KAFKA_SETTINGS, kafkaSettingsSchema, type KafkaSettings, type KafkaSettingsInput } from './settings.ts';
