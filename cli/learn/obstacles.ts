/** What cannot be typed here, and why: doctor has tried it before. */
import type { ProbeResult } from "../../launch/probe/result.ts";
import type { ConsoleBlock, Topic } from "./page.ts";
import type { Learner } from "./session.ts";

/** A reason not to type something. */
export interface Obstacle {
  readonly why: string;
  /** What mends it. */
  readonly remedy?: string | undefined;
}

const obstacleIn = (results: readonly ProbeResult[], name: string): Obstacle | undefined => {
  const found = results.find((result) => result.name === name);
  if (!found || found.verdict === "works") return undefined;
  const { message, why, remedy, step, code } = found;
  const said = step === undefined ? message : `${step} = ${code}`;
  return { why: [`${name} does not work`, said, why].filter(Boolean).join(": "), remedy };
};

/** The probes of what every shell needs. */
const shellProbes = ({ isPrivileged }: Learner): string[] =>
  isPrivileged ? ["pid", "mnt"] : ["user", "user+pid", "user+mnt"];

/** The probe of what a topic needs. */
const topicProbe = (topic: Topic, { isPrivileged }: Learner): string | undefined =>
  topic === "all" ? undefined : isPrivileged || topic === "user" ? topic : `user+${topic}`;

/** The probes whose results tell what cannot be typed. */
export function probesOf(topics: readonly Topic[], learner: Learner): string[] {
  const own = topics.flatMap((topic) => topicProbe(topic, learner) ?? []);
  return [...shellProbes(learner), ...own];
}

/** Why no shell can be had, if it cannot. */
export function obstacleToAll(
  results: readonly ProbeResult[],
  learner: Learner,
): Obstacle | undefined {
  for (const name of shellProbes(learner)) {
    const obstacle = obstacleIn(results, name);
    if (obstacle) return obstacle;
  }
  return undefined;
}

/** Why a section cannot be typed. */
export function obstacleTo(
  topic: Topic,
  results: readonly ProbeResult[],
  learner: Learner,
): Obstacle | undefined {
  const probe = topicProbe(topic, learner);
  return probe === undefined ? undefined : obstacleIn(results, probe);
}

/** Why the lines of a block cannot be typed by who is not root. */
export function obstacleToBlock(
  block: ConsoleBlock,
  { isPrivileged }: Learner,
): Obstacle | undefined {
  if (isPrivileged) return undefined;
  const text = block.steps.map(({ line }) => line).join("\n");
  if (/\$cgroup2\//.test(text)) {
    return {
      why: "only root may make a control group at the top of the tree",
      remedy: "nido learn cgroup, as root",
    };
  }
  if (text.includes("--map-auto")) {
    return {
      why:
        "newuidmap(1) works by its set-user-ID bit, which has no power in the user namespace of this shell",
      remedy: "type it in a shell of your own",
    };
  }
  return undefined;
}
