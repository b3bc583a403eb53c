/** What hints may know of a caller. */
export interface Caller {
  readonly euid: number;
  readonly kernel?: readonly [major: number, minor: number];
  readonly pidfds?: boolean;
}
