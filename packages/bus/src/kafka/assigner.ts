import { AssignerProtocol, type Cluster, type GroupMember, type PartitionAssigner } from 'kafkajs';
import { balance } from '../balance.ts';

export interface Owned {
  readonly topic: string;
  readonly partition: number;
}

interface Member {
  readonly id: string;
  readonly topics: ReadonlySet<string>;
  readonly owned: ReadonlySet<string>;
}

const VERSION = 1;
const { MemberMetadata, MemberAssignment } = AssignerProtocol;
const nameOf = ({ topic, partition }: Owned): string => `${topic} ${partition}`;

export interface AssignerHooks {
  /** What this member has in hand, which it would rather keep. */
  owned(): readonly Owned[];
  /** The member is about to ask for its place in the group: the partitions are not its own until it has the answer. */
  onJoining(): void;
  onCluster(cluster: Cluster): void;
}

/**
 * kafkajs shares out the leader's topics among all members, whether they read them or not, and begins from nothing each
 * time. Here each member is given partitions of its own topics only, and keeps what need not move.
 */
export const createAssigner =
  (hooks: AssignerHooks): PartitionAssigner =>
  ({ cluster }) => {
    hooks.onCluster(cluster);
    return {
      name: 'herald-balanced',
      version: VERSION,
      protocol: ({ topics }) => {
        hooks.onJoining();
        const userData = Buffer.from(JSON.stringify(hooks.owned().map(nameOf)));
        return { name: 'herald-balanced', metadata: MemberMetadata.encode({ version: VERSION, topics, userData }) };
      },
      assign: async ({ members }) => {
        const known = members.map(toMember).toSorted((a, b) => (a.id < b.id ? -1 : 1));
        const topics = [...new Set(known.flatMap((member) => [...member.topics]))].toSorted();
        // The leader itself may not read all of them.
        await cluster.addMultipleTargetTopics(topics);
        const partitions = topics.flatMap((topic) =>
          cluster
            .findTopicPartitionMetadata(topic)
            .map(({ partitionId }) => ({ topic, partition: partitionId }))
            .toSorted((a, b) => a.partition - b.partition),
        );
        const owners = balance(known, partitions, (partition) =>
          known.find(({ owned }) => owned.has(nameOf(partition))),
        );
        return known.map((member) => {
          const assignment: Record<string, number[]> = {};
          for (const [{ topic, partition }, owner] of owners) {
            if (owner === member) (assignment[topic] ??= []).push(partition);
          }
          return {
            memberId: member.id,
            memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
          };
        });
      },
    };
  };

function toMember({ memberId, memberMetadata }: GroupMember): Member {
  const { topics = [], userData } = MemberMetadata.decode(memberMetadata) ?? {};
  return { id: memberId, topics: new Set(topics), owned: new Set(parseOwned(userData)) };
}

/** It comes from another process: a hint that cannot be read is none. */
function parseOwned(userData: Buffer | undefined): string[] {
  try {
    const names: unknown = JSON.parse(userData?.toString() ?? '');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}
