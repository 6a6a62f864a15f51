import { testBus } from '@herald/bus/conformance';
import { launch, notRun } from '../env/index.ts';
import { kafkaFixture } from './kafka-fixture.ts';

const { kafka } = await launch({ kafka: true });

if (kafka === undefined) notRun('the bus on Kafka');
else testBus('the bus on Kafka', kafkaFixture(kafka.brokers));
