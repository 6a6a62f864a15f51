import { CHANNELS, LANES, workTopic, type Channel, type EventType, type Lane, type WorkStep } from '@herald/contracts';
import type { Edge } from './finish.ts';
import { startLoop, type Loop } from './loop.ts';
import type { Pipeline } from './pipeline.ts';
import type { Stage } from './stage.ts';
import type { Watched } from './watch.ts';

/** A started role, as far as whoever started it must know. */
export interface Workers {
  /** Consumers whose lag and progress are watched. */
  readonly watched: readonly Watched[];
  /** Resolves with the reason when the role can no longer do its job. */
  readonly failed: Promise<Error>;
  /** Takes nothing new, finishes what is in hand. */
  close(): Promise<void>;
}

interface Worker extends Watched {
  readonly ended: Promise<Error | undefined>;
  close(): Promise<void>;
}

/** Several loops or pumps as one role: it has failed when one of them has. */
export function workers(all: readonly Worker[]): Workers {
  const { promise: failed, resolve } = Promise.withResolvers<Error>();
  for (const one of all) {
    void one.ended.then((error) => {
      if (error !== undefined) resolve(error);
    });
  }
  return {
    watched: all,
    failed,
    close: async () => {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

/** The ways into a role of this process, by lane and channel; undefined where the role does not serve that channel. */
export type Edges<T extends EventType> = (lane: Lane, channel: Channel) => Edge<T> | undefined;

export interface StageWorkers<In extends EventType> extends Workers {
  readonly edges: Edges<In>;
}

export interface StageOptions<In extends EventType, Out extends EventType> {
  readonly stage: string;
  readonly channels?: readonly Channel[];
  readonly input: { readonly type: In; readonly step: WorkStep };
  readonly next?: { readonly type: Out; readonly step: WorkStep; readonly edges: Edges<Out> | undefined };
  /** Called once per lane and channel. */
  readonly run: (lane: Lane, channel: Channel) => Stage<In, Out>;
}

/** Puts a stage to work with one loop per lane and channel, each with its own consumer and its own budget. */
export async function startStage<In extends EventType, Out extends EventType = never>(
  pipeline: Pipeline,
  { stage, channels = CHANNELS, input, next, run }: StageOptions<In, Out>,
): Promise<StageWorkers<In>> {
  const loops = new Map<string, Loop<In>>();
  for (const lane of LANES) {
    for (const channel of channels) {
      const edge = next?.edges?.(lane, channel);
      const loop = await startLoop(pipeline, {
        stage,
        lane,
        channel,
        inputType: input.type,
        inputTopic: workTopic(lane, channel, input.step),
        run: run(lane, channel),
        ...(next === undefined
          ? {}
          : { next: { type: next.type, topic: workTopic(lane, channel, next.step), ...(edge ? { edge } : {}) } }),
      });
      loops.set(`${lane} ${channel}`, loop);
    }
  }
  return { ...workers([...loops.values()]), edges: (lane, channel) => loops.get(`${lane} ${channel}`)?.push };
}
