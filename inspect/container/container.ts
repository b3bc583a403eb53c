/** What a container is called, and where a process belongs. */

/** What has made a container. containerd is also what nerdctl and most Kubernetes nodes run. */
export type Engine =
  | "docker"
  | "podman"
  | "containerd"
  | "cri-o"
  | "lxc"
  | "systemd-nspawn"
  | "flatpak"
  | "bubblewrap"
  | "runc"
  | "crun";

/** A pod: of Kubernetes, whose id is a UID, or of podman. */
export interface Pod {
  readonly id?: string;
  readonly name?: string;
  /** The namespace of Kubernetes that it is in. */
  readonly namespace?: string;
}

/** A container. What is not known is missing: `{}` is one of which nothing is. */
export interface Container {
  readonly engine?: Engine;
  /** As the engine has it; of most engines 64 hexadecimal digits. */
  readonly id?: string;
  readonly name?: string;
  readonly pod?: Pod;
}

/** Where a process belongs. Names are others' words: any character may be in them. */
export interface Belonging {
  /** The outermost container: what is inside of it says who is in it further in. */
  readonly container?: Container;
  /** The containers in it, from the outside in, as it calls them. */
  readonly inner: readonly Container[];
  /** The unit of the system's systemd. */
  readonly unit?: string;
  /** The unit of a user's own systemd. */
  readonly userUnit?: string;
}
