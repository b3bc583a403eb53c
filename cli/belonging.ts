/** Containers, pods and units in words. */
import type { Belonging, Container, Pod } from "../inspect/container/container.ts";
import type { Containers } from "../inspect/container/find.ts";

/** As many digits as engines print. */
const SHORT = 12;

const shortId = (id: string): string => /^[0-9a-f]{64}$/.test(id) ? id.slice(0, SHORT) : id;

/** A container in few words: `docker web`, `container 0123456789ab`. */
function containerLabel({ engine, id, name }: Container): string {
  const called = name ?? (id === undefined ? undefined : shortId(id));
  if (called === undefined) return engine ?? "container";
  // Without an engine and an id it is what systemd-machined(8) has registered.
  return `${engine ?? (id === undefined ? "machine" : "container")} ${called}`;
}

/** The container of a process, in few words; undefined if it is in none. */
export function labelOf(containers: Containers, pid: number): string | undefined {
  const { container } = containers.of(pid);
  return container && containerLabel(container);
}

/** A pod: `default/nginx-1` of Kubernetes, or what else is known. */
export function podLabel({ id, name, namespace }: Pod): string {
  if (name !== undefined) return namespace === undefined ? name : `${namespace}/${name}`;
  return shortId(id ?? "");
}

/** All that is known of the container, in parts. The last says what is inside of it. */
export function containerWords({ container, inner }: Belonging): string[] {
  if (!container) return [];
  const { id, name, pod } = container;
  return [
    containerLabel(container),
    ...(id !== undefined && name !== undefined ? [`id ${shortId(id)}`] : []),
    ...(pod ? [`pod ${podLabel(pod)}`] : []),
    ...inner.map((one) => `in it what calls itself ${containerLabel(one)}`),
  ];
}

/** The unit, and whose systemd has it. */
export function unitWords({ unit, userUnit }: Belonging): string | undefined {
  return userUnit === undefined ? unit : `${userUnit} of ${unit}`;
}

/** All of it for programs: null where nothing is known. */
export const belongingJson = (belonging: Belonging) => ({
  container: containerJson(belonging),
  unit: belonging.unit ?? null,
  user_unit: belonging.userUnit ?? null,
});

function containerJson({ container, inner }: Belonging): unknown {
  if (!container) return null;
  const one = ({ engine, id, name, pod }: Container) => ({
    engine: engine ?? null,
    id: id ?? null,
    name: name ?? null,
    pod: pod
      ? { id: pod.id ?? null, name: pod.name ?? null, namespace: pod.namespace ?? null }
      : null,
  });
  return { ...one(container), inner: inner.map(one) };
}
