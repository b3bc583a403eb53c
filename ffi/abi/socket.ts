/** Sockets, and network namespaces as netlink numbers them. @see socket(2), linux/netlink.h */

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const IPPROTO_IP = 0;
/** Protocols of sockets; that of a Multipath TCP socket is no number on the wire. @see ip(7), linux/in.h */
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_MPTCP = 262;
/** An option of sockets of AF_INET6: whether they leave out IPv4. @see ipv6(7) */
export const IPV6_V6ONLY = 26;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** ioctl: a descriptor of the network namespace that a socket is in. Linux 4.9. @see linux/sockios.h */
export const SIOCGSKNS = 0x894c;

/** ioctl: sets the flags of an interface. @see netdevice(7) */
export const SIOCSIFFLAGS = 0x8914;
export const IFF_UP = 1;

export const NETLINK_ROUTE = 0;
export const NLM_F_REQUEST = 1;
export const NLMSG_ERROR = 2;
/** Asks for the number that the caller's network namespace has given another. @see linux/rtnetlink.h */
export const RTM_GETNSID = 90;
/** @see linux/net_namespace.h */
export const NETNSA_NSID = 1;
export const NETNSA_FD = 3;
/** The number of a namespace that has been given none. */
export const NETNSA_NSID_NOT_ASSIGNED = -1;

/** Flags of send(2) and recv(2), and a message that carries descriptors. @see unix(7), linux/socket.h */
export const MSG_PEEK = 2;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const SOL_SOCKET = 1;
/** Options that tell: whether it listens, and its protocol. @see socket(7) */
export const SO_ACCEPTCONN = 30;
export const SO_PROTOCOL = 38;
export const SCM_RIGHTS = 1;
