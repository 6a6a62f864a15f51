export { createEmbeddedBus, embeddedBusModule, type EmbeddedBusOptions } from './embedded/bus.ts';
export type { Bus, BusAlarm, BusRecord, ConsumeOptions, Consumer, Delivery, NewRecord } from './port.ts';
