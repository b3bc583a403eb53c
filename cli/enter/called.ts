/** What a name means that is given to `nido enter`: names of containers and units. */
import type { Belonging, Container } from "../../inspect/container/container.ts";

/** How well a name fits: an id may be cut off. */
export type Fit = "exact" | "part";

/** As few digits of an id as are taken for it. */
const FEWEST = 3;

const ENDING = ".service";

/** Whether a container is called so. */
function containerFit({ id, name }: Container, asked: string): Fit | undefined {
  if (name === asked || id === asked) return "exact";
  return id !== undefined && asked.length >= FEWEST && id.startsWith(asked) ? "part" : undefined;
}

/** What tells one container or unit from another; undefined where a process belongs to neither. */
export function keyOf({ container, unit, userUnit }: Belonging): string | undefined {
  // What is in a container is no more the unit's that has started it.
  if (container) return JSON.stringify(["container", container, unit]);
  return unit === undefined ? undefined : JSON.stringify(["unit", unit, userUnit]);
}

/** Whether what a process belongs to is called so. */
export function fitOf({ container, unit, userUnit }: Belonging, asked: string): Fit | undefined {
  if (container) return containerFit(container, asked);
  // A user's units are below one of the system's, and that is not what they are called by.
  const name = userUnit ?? unit;
  return name !== undefined && (name === asked || name === `${asked}${ENDING}`)
    ? "exact"
    : undefined;
}

/** All that a process may be called by. */
export const namesOf = ({ container, unit, userUnit }: Belonging): string[] =>
  (container ? [container.name, container.id] : [userUnit ?? unit]).filter((name) =>
    name !== undefined
  );
