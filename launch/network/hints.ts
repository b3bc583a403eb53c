/** Why interfaces cannot be set up. @see netdevice(7) */
import type { Hint } from "../../engine/failure.ts";
import { APPARMOR, CONFINED } from "../causes.ts";

/** Interfaces of a new network namespace. */
export const LOOPBACK_HINTS: readonly Hint[] = [CONFINED, APPARMOR];
