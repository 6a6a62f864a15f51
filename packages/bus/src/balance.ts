interface Subscriber {
  readonly topics: ReadonlySet<string>;
}
interface Partition {
  readonly topic: string;
}

/**
 * Who owns which partition: within a topic no member has two more than another, and where that leaves a choice, no
 * member has two more in all. What need not move stays, because moving means that records are handed over twice.
 */
export function balance<M extends Subscriber, P extends Partition>(
  members: readonly M[],
  partitions: readonly P[],
  ownerOf: (partition: P) => M | undefined,
): Map<P, M> {
  const owners = new Map<P, M>();
  const total = new Map<M, number>(members.map((member) => [member, 0]));
  const add = (counts: Map<M, number>, member: M, by: number): void => {
    counts.set(member, (counts.get(member) ?? 0) + by);
  };

  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  const topics = [...byTopic].map(([topic, ofTopic]) => {
    const loads = new Map<M, number>(
      members.filter((member) => member.topics.has(topic)).map((member) => [member, 0] as const),
    );
    return { ofTopic, loads };
  });
  const give = (partition: P, loads: Map<M, number>, to: M): void => {
    const from = owners.get(partition);
    if (from !== undefined) {
      add(loads, from, -1);
      add(total, from, -1);
    }
    owners.set(partition, to);
    add(loads, to, 1);
    add(total, to, 1);
  };
  const load = (counts: Map<M, number>, member: M): number => counts.get(member) ?? 0;
  const lightest = (loads: Map<M, number>): M | undefined =>
    [...loads.keys()].toSorted((a, b) => load(loads, a) - load(loads, b) || load(total, a) - load(total, b))[0];

  for (const { ofTopic, loads } of topics) {
    for (const partition of ofTopic) {
      const owner = ownerOf(partition);
      if (owner !== undefined && loads.has(owner)) give(partition, loads, owner);
    }
  }
  for (const { ofTopic, loads } of topics) {
    for (const partition of ofTopic) {
      const to = owners.has(partition) ? undefined : lightest(loads);
      if (to !== undefined) give(partition, loads, to);
    }
  }

  const moveOne = (): boolean =>
    topics.some(({ ofTopic, loads }) => {
      const to = lightest(loads);
      const partition = ofTopic.find((candidate) => {
        const from = owners.get(candidate);
        if (from === undefined || to === undefined) return false;
        const more = load(loads, from) - load(loads, to);
        return more >= 2 || (more === 1 && load(total, from) - load(total, to) >= 2);
      });
      if (partition === undefined || to === undefined) return false;
      give(partition, loads, to);
      return true;
    });
  // Each move makes the loads within a topic, or else in all, more even: it comes to an end.
  while (moveOne());
  return owners;
}
