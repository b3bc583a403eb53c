/** Network interfaces as netlink lists them. @see rtnetlink(7), linux/rtnetlink.h, linux/if_link.h */

export const NLM_F_DUMP = 0x300;
export const NLMSG_DONE = 3;
export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;

export const IFLA_IFNAME = 3;
export const IFLA_LINK = 5;
/** The bridge, bond or the like that it is a part of. */
export const IFLA_MASTER = 10;
export const IFLA_LINKINFO = 18;
export const IFLA_INFO_KIND = 1;
/** The number that this network namespace has for that of the other end. Linux 4.0. */
export const IFLA_LINK_NETNSID = 37;

export const RTA_DST = 1;
/** The index of the interface that it leads to. */
export const RTA_OIF = 4;
/** A route to others, not to the machine itself and not to nowhere. */
export const RTN_UNICAST = 1;
