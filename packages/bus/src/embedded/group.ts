import { createAssignment, type Assignment } from '../assignment.ts';
import { balance } from '../balance.ts';
import type { Committer } from './committer.ts';
import type { Partition } from './partition.ts';

export interface Member {
  readonly topics: ReadonlySet<string>;
  /** `fresh`: the group has never acknowledged anything of this partition. */
  assign(assignment: Assignment<Partition>, fresh: boolean): void;
  unassign(assignment: Assignment<Partition>): void;
}

export interface Group {
  /** `committed`: what the log knows of this group, for partitions that this process has not seen it read yet. */
  join(member: Member, committed: readonly (readonly [partition: number, next: number])[]): void;
  leave(member: Member): void;
}

/**
 * Shares the partitions of its members' topics among them. All members live in this process, so the prefix that it
 * keeps in memory is never behind what is committed, and a partition changes hands without waiting for the disk.
 */
export function createGroup(name: string, partitions: readonly Partition[], committer: Committer): Group {
  const members = new Set<Member>();
  const owned = new Map<Partition, { readonly member: Member; readonly assignment: Assignment<Partition> }>();
  const prefixes = new Map<number, number>();

  const rebalance = (): void => {
    const subscribed = partitions.filter(({ topic }) => [...members].some((member) => member.topics.has(topic)));
    const owners = balance([...members], subscribed, (partition) => owned.get(partition)?.member);
    for (const [partition, { member, assignment }] of owned) {
      if (owners.get(partition) === member) continue;
      // Before anybody else is given it: what the old owner acknowledges from here on no longer counts.
      assignment.revoke();
      owned.delete(partition);
      member.unassign(assignment);
    }
    for (const [partition, member] of owners) {
      if (owned.has(partition)) continue;
      const assignment = createAssignment(partition, prefixes.get(partition.id) ?? 0, (next) => {
        prefixes.set(partition.id, next);
        committer.mark(name, partition.id, next);
      });
      owned.set(partition, { member, assignment });
      member.assign(assignment, !prefixes.has(partition.id));
    }
  };

  return {
    join: (member, committed) => {
      for (const [partition, next] of committed) {
        if (!prefixes.has(partition)) prefixes.set(partition, next);
      }
      members.add(member);
      rebalance();
    },
    leave: (member) => {
      if (members.delete(member)) rebalance();
    },
  };
}
