export { createEmbeddedBus, embeddedBusModule, type EmbeddedBusOptions } from './embedded/bus.ts';
export { createKafkaBus, type KafkaBusOptions } from './kafka/bus.ts';
export type { KafkaLogLine, KafkaMetric, KafkaObserver } from './kafka/observer.ts';
export { KAFKA_SETTINGS, kafkaSettingsSchema, type KafkaSettings, type KafkaSettingsInput } from './kafka/settings.ts';
export type { Bus, BusAlarm, BusRecord, ConsumeOptions, Consumer, Delivery, NewRecord } from './port.ts';
