/** SELinux labels, as a spec has them. @see selinux(8) */
import type { Bytes } from "../../ffi/bytes.ts";

/** Labels, which are refused where there is no SELinux. */
export interface LabelsSpec<Open = never> {
  /** The label of the program's process. */
  readonly execLabel?: Bytes | Open;
  /** The label of files that the launch makes. */
  readonly fileLabel?: Bytes | Open;
}
