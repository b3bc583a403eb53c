/** Of loop devices. @see loop(4), linux/loop.h */

export const LOOP_GET_STATUS64 = 0x4c05;

/** Offsets in struct loop_info64, and its size. */
export const LOOP_INFO64 = { device: 0, bytes: 232 } as const;
